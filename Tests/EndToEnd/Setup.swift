import Glibc
import Testing
import VirtualLab

/// One scenario at a time: a machine takes all of a small host, and all keep the base system in one cache.
@Suite(.serialized, .enabled(if: Setup.product != nil, "needs the built programs: run ./test.sh e2e"))
enum Machines {}

/// What `./test.sh e2e` hands over: the built programs and the payload.
enum Setup {
  static let product: Product? = {
    guard let installer = variable("RAMDISK_INSTALL"), let payload = variable("RAMDISK_PAYLOAD_DIR") else {
      return nil
    }
    return Product(installer: installer, payload: payload)
  }()

  /// Directory into which install.sh staged everything.
  static let programs = variable("RAMDISK_STAGE")

  static let isFull = variable("TEST_FULL") != nil

  /// The cases of the network boot that were asked for by name.
  static let cases = variable("E2E_CASES").map { $0.split(separator: " ").map(String.init) }

  /// Sets a laboratory up. The machines' logs are left in `out/e2e-NAME`.
  static func laboratory(
    _ firmware: Firmware, layout: SampleDisk.Layout = SampleDisk.Layout(), name: String,
    _ body: @escaping @Sendable (Laboratory) async throws -> Void
  ) async throws {
    let product = try #require(product)
    let start = ContinuousClock.now
    let narrator = Narrator(
      step: { print("[\(name) \((ContinuousClock.now - start).components.seconds) s] \($0)") },
      said: { _, _ in })
    try await Laboratory.with(
      firmware: firmware, layout: layout, product: product,
      cache: variable("RAMDISK_CACHE").map { "\($0)/lab" } ?? ".cache/lab",
      logsAt: "out/e2e-\(name)", narrator: narrator, body)
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
