import BootMenu
import Cryptography
import Glibc
import Linux
import Logging
import NetbootHTTP
import SiteConfig
import Subprocess
import Synchronization

/// A netboot server on loopback with random files to serve, and curl to fetch them.
final class HTTPBench: Sendable {
  static let kernel = "/boot/vmlinuz-1/kernel"
  static let initrd = "/boot/vmlinuz-1/initrd0"

  let directory: String
  let server: NetbootServer
  let content: NetbootContent
  private let log = Mutex<[NetbootEvent]>([])

  var events: [NetbootEvent] { log.withLock { $0 } }
  var port: Int? { events.lazy.compactMap { if case .listening(let port) = $0 { port } else { nil } }.first }

  private init(login: Bool, initrdSize: Int) throws {
    var template = Array("/tmp/http-bench.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(errno: errno, attempt: "make a directory") }
    let directory = String(cString: made)
    self.directory = directory
    for name in ["boot", "loaders"] { mkdir("\(directory)/\(name)", 0o755) }
    try writeFile("\(directory)/loaders/ipxe.efi", Array("MZ loader".utf8))
    try writeFile("\(directory)/secret", Array("not for the network".utf8))
    try writeFile("\(directory)/boot/vmlinuz-1", Secrets.randomBytes(1_000_003))
    try writeFile("\(directory)/boot/initrd.img-1", Secrets.randomBytes(initrdSize))
    var site = Site(
      target: Site.Target(iqn: "iqn.2025-01.a", luns: [Site.LogicalUnit(lun: 0, disk: "/dev/sda")]))
    if login {
      site.menu.login = Site.Login(
        user: "me", passwordHash: try PasswordHash(hashing: "open sesame").description)
    }
    let entries = try BootMenu.scan(root: directory, path: "/boot", defaults: BootMenu.Defaults(site.boot))
    let images = try BootImages(copying: entries, root: directory, to: "\(directory)/images", limit: 1 << 30)
    content = NetbootContent(site: site, images: images, loaderDirectory: "\(directory)/loaders")
    let relay = Relay()
    server = try NetbootServer(
      host: "127.0.0.1", port: 0,
      content: content,
      status: { Array(#"{"phase":"ready"}"#.utf8) },
      metrics: { Array("ramdisk_ready 1.0\n".utf8) }, events: { relay.send($0) },
      logger: Logger(label: "http-bench", factory: { _ in SwiftLogNoOpLogHandler() }))
    relay.receiver.withLock { receiver in
      receiver = { [weak self] event in self?.log.withLock { $0.append(event) } }
    }
  }

  /// Hands events to an object that is not there yet when the server is made.
  private final class Relay: Sendable {
    let receiver = Mutex<(@Sendable (NetbootEvent) -> Void)?>(nil)
    func send(_ event: NetbootEvent) { receiver.withLock { $0 }?(event) }
  }

  deinit { Self.remove(directory) }

  private static func remove(_ path: String) {
    for name in (try? directoryEntries(path)) ?? [] { remove("\(path)/\(name)") }
    if rmdir(path) != 0 { unlink(path) }
  }

  /// Serves while `body` runs.
  static func with(
    login: Bool = true, initrdSize: Int = 3_000_001,
    _ body: @escaping @Sendable (HTTPBench) async throws -> Void
  ) async throws {
    let bench = try HTTPBench(login: login, initrdSize: initrdSize)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await bench.server.run() }
      try await bench.until { bench.port != nil }
      do {
        try await body(bench)
      } catch {
        group.cancelAll()
        throw error
      }
      group.cancelAll()
    }
  }

  /// What had happened when a condition did not come true in time.
  struct Timeout: Error {
    let events: [NetbootEvent]
  }

  /// Polls a condition for at most ten seconds.
  func until(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
      if ContinuousClock.now > deadline { throw Timeout(events: events) }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Runs curl on a path of the server and returns what it prints, with plain line ends.
  func curl(_ path: String, _ options: String...) async throws -> String {
    let arguments =
      ["-sS", "--noproxy", "*", "--path-as-is"] + options + ["http://127.0.0.1:\(port ?? 0)\(path)"]
    let result = try await run(
      .name("curl"), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 16))
    return (result.standardOutput + result.standardError).replacing("\r\n", with: "\n")
  }

  /// The status code of a request.
  func code(_ path: String, _ options: String...) async throws -> String {
    let arguments =
      ["-sS", "--noproxy", "*", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}"] + options
      + ["http://127.0.0.1:\(port ?? 0)\(path)"]
    let result = try await run(
      .name("curl"), arguments: Arguments(arguments), output: .string(limit: 1 << 10), error: .discarded)
    return result.standardOutput
  }
}
