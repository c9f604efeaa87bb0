import Glibc
import Testing
import VirtualLab

/// What `./test.sh e2e` hands over: the built programs and the payload.
enum Setup {
  static let product: Product? = {
    guard let installer = variable("RAMDISK_INSTALL"), let payload = variable("RAMDISK_PAYLOAD_DIR") else {
      return nil
    }
    return Product(installer: installer, payload: payload)
  }()

  /// Sets a laboratory up. When the test fails, the machines' logs are kept in `out/e2e-FIRMWARE`.
  static func laboratory(
    _ firmware: Firmware, _ body: @escaping @Sendable (Laboratory) async throws -> Void
  ) async throws {
    let product = try #require(product)
    let start = ContinuousClock.now
    let narrator = Narrator(
      step: { print("[\(firmware) \((ContinuousClock.now - start).components.seconds) s] \($0)") },
      said: { _, _ in })
    try await Laboratory.with(
      firmware: firmware, product: product,
      cache: variable("RAMDISK_CACHE").map { "\($0)/lab" } ?? ".cache/lab",
      logsOnFailure: "out/e2e-\(firmware)", narrator: narrator, body)
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
