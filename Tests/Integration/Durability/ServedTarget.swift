import Glibc
import Linux

/// `ramdiskd serve` as a process that can be killed at any time, in a network of its own.
///
/// Everything runs on the one thread that called `run`: the process dies with that thread, even if the tests are
/// killed.
final class ServedTarget {
  static let port: UInt16 = 3260
  private let directory: String
  private(set) var pid: pid_t?

  private init(directory: String) { self.directory = directory }

  deinit { kill() }

  /// The program: the one that RAMDISKD names, else the one built beside the tests.
  private static var program: String {
    if let named = getenv("RAMDISKD") { return String(cString: named) }
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let tests = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return tests.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/ramdiskd"
  }

  static var isPossible: Bool { geteuid() == 0 }

  /// Runs `body` on a thread with a network of its own, where a target serving `disk` can be started.
  ///
  /// - Parameter directory: for configuration, log and status socket; it exists.
  static func run<Value: Sendable>(
    disk: String, directory: String, target settings: String = "", unit: String = "",
    _ body: @escaping @Sendable (ServedTarget) throws -> Value
  ) async throws -> Value {
    let configuration = """
      {
        version: 1,
        target: { iqn: "\(ISCSITarget.iqn)", port: \(port), \(settings)
          luns: [{ lun: 0, disk: "\(disk)", mode: "rw", \(unit) }] },
        dhcp: { mode: "off" },
      }
      """
    try writeFile("\(directory)/site.json5", Array(configuration.utf8), mode: 0o600)
    return try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try ServiceThread(name: "served") {
          continuation.resume(
            with: Result {
              try enterPrivateNetwork()
              return try body(ServedTarget(directory: directory))
            })
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  private static func enterPrivateNetwork() throws {
    // Glibc's module does not show unshare; only tests need it.
    guard let symbol = dlsym(nil, "unshare") else {
      throw SystemError(errno: ENOSYS, attempt: "find unshare")
    }
    let unshare = unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
    let newNetwork: Int32 = 0x4000_0000
    try syscall("make a network namespace") { unshare(newNetwork) }
    let pid = try spawn(["ip", "link", "set", "lo", "up"], log: "/dev/null")
    var status: Int32 = 0
    try syscall("wait for ip") { waitpid(pid, &status, 0) }
    guard status == 0 else { throw SystemError(errno: ENETDOWN, attempt: "set up the loopback interface") }
  }

  /// Starts the target and waits until it listens.
  func start() throws {
    kill()
    let deadline = ContinuousClock.now + .seconds(60)
    // What was killed may still seem to listen for a moment: its ring outlives it.
    while (try? probe()) != nil, ContinuousClock.now < deadline { usleep(1000) }
    let directory = directory
    pid = try Self.spawn(
      [
        "setpriv", "--pdeathsig", "KILL", "--", Self.program, "serve", "--config", "\(directory)/site.json5",
        "--images", directory, "--socket", "\(directory)/status",
      ], log: "\(directory)/log")
    while ContinuousClock.now < deadline {
      if (try? probe()) != nil { return }
      var status: Int32 = 0
      if let pid, waitpid(pid, &status, WNOHANG) == pid {
        self.pid = nil
        let log = (try? readFile("\(directory)/log")) ?? []
        throw SystemError(
          errno: ECHILD, attempt: "serve: \(String(decoding: log.suffix(2000), as: UTF8.self))")
      }
      usleep(10_000)
    }
    throw SystemError(errno: ETIMEDOUT, attempt: "reach the target")
  }

  private func probe() throws { _ = try ISCSIInitiator(port: Self.port, name: "iqn.probe", isid: 0xFFFF) }

  /// SIGKILL; nothing of the process is left when this returns.
  func kill() {
    guard let pid else { return }
    _ = Glibc.kill(pid, SIGKILL)
    var status: Int32 = 0
    _ = try? syscall("wait for the target") { waitpid(pid, &status, 0) }
    self.pid = nil
  }

  /// Memory of the process that is in RAM, in bytes.
  func residentBytes() throws -> Int {
    guard let pid else { return 0 }
    return try residentMemory(of: "/proc/\(pid)")
  }

  private static func spawn(_ arguments: [String], log: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var pid = pid_t()
    let code = posix_spawnp(&pid, arguments[0], &actions, nil, words, environ)
    guard code == 0 else { throw SystemError(errno: code, attempt: "start \(arguments[0])") }
    return pid
  }
}

/// Bytes of RAM that the process at `/proc/…` has for itself; pages of its program come and go.
func residentMemory(of process: String) throws -> Int {
  let text = String(decoding: try readFile("\(process)/status"), as: UTF8.self)
  let line = text.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
  let kibibytes = (line ?? "").split(separator: " ").compactMap { Int($0) }.first
  return (kibibytes ?? 0) * 1024
}
