import BlockStore
import Glibc
import Linux
import Logging
import Subprocess
import Synchronization
import TargetService
import Testing

/// A target on a loopback port, with a disk of its own in a scratch directory.
final class ISCSITarget: Sendable {
  static let iqn = "iqn.2025-01.net.example:disk"

  let server: TargetServer
  let store: BlockStore
  let events: EventLog
  /// The scratch directory; the disk in it is `disk.img`.
  let directory: String
  let port: UInt16

  /// What the target has reported.
  final class EventLog: Sendable {
    private let events = Mutex<[TargetEvent]>([])

    func add(_ event: TargetEvent) { events.withLock { $0.append(event) } }

    /// Waits until an event of the kind has been reported.
    func waitFor(_ isWanted: (TargetEvent) -> Bool) async -> Bool {
      await eventually { events.withLock { $0.contains(where: isWanted) } }
    }

    var all: [TargetEvent] { events.withLock { $0 } }
  }

  /// What a test wants other than usual.
  struct Settings {
    var addresses = ["127.0.0.1"]
    var luns = [0]
    var chap: TargetConfiguration.CHAP?
    var allowedInitiators: [String] = []
    var loginTimeout = 15
    var connectionLimit = 128
    var allowsSeveralWriters = false
    /// What to serve; nil: a file in the scratch directory.
    var disk: String?
    var overlays = OverlayOptions()
    /// Puts something on the disk before the target has it.
    var prepare: (_ path: String) async throws -> Void = { _ in }
    var redirection: TargetConfiguration.Redirection?
    /// Tags of the portal groups of `addresses`; 1 for those beyond the end.
    var groups: [UInt16] = []
    var accounts: [(initiator: String, chap: TargetConfiguration.CHAP)] = []
    /// What the disk is served as.
    var type = BlockStoreType.disk
    /// Whether initiators may destroy its contents.
    var allowsSanitize = false
  }

  private init(server: TargetServer, store: BlockStore, events: EventLog, directory: String) {
    self.server = server
    self.store = store
    self.events = events
    self.directory = directory
    port = server.portals.first?.port ?? 0
  }

  /// Starts a target, runs `body`, and takes everything away again, whatever happens.
  static func with(
    megabytes: Int = 64, mode: BlockStoreMode = .readWrite, _ settings: Settings = Settings(),
    _ body: (ISCSITarget) async throws -> Void
  ) async throws {
    var template = Array("/tmp/iscsi-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let outcome: Result<Void, any Error>
    do {
      let path = settings.disk ?? "\(directory)/disk.img"
      if settings.disk == nil { try makeFile(path, bytes: megabytes << 20) }
      try await settings.prepare(path)
      let store = try BlockStore.open(path: path, options: BlockStoreOptions(mode: mode, type: settings.type))
      var configuration = TargetConfiguration(
        iqn: iqn,
        portals: settings.addresses.enumerated().map { index, address in
          .init(
            address: address, port: 0, group: index < settings.groups.count ? settings.groups[index] : 1,
            redirection: settings.redirection)
        },
        luns: settings.luns.map { lun in
          var unit = TargetConfiguration.Unit(lun: lun, store: store)
          unit.overlays = settings.overlays
          unit.allowsSanitize = settings.allowsSanitize
          return unit
        })
      configuration.threads = 2
      configuration.chap = settings.chap
      configuration.allowedInitiators = settings.allowedInitiators
      configuration.loginTimeout = settings.loginTimeout
      configuration.connectionLimit = settings.connectionLimit
      configuration.allowsSeveralWriters = settings.allowsSeveralWriters
      configuration.accounts = settings.accounts
      var logger = Logger(label: "iscsi")
      logger.logLevel = .critical
      let events = EventLog()
      let server = try TargetServer(configuration: configuration, logger: logger) { events.add($0) }
      try server.start()
      let target = ISCSITarget(server: server, store: store, events: events, directory: directory)
      do {
        try await body(target)
        server.stop(drain: .seconds(1))
        outcome = .success(())
      } catch {
        server.stop(drain: .zero)
        outcome = .failure(error)
      }
    } catch {
      outcome = .failure(error)
    }
    _ = try await output("rm", ["-r", directory])
    try outcome.get()
  }

  static func makeFile(_ path: String, bytes: Int) throws {
    let file = try OwnedDescriptor(path: path, flags: O_RDWR | O_CREAT)
    let number = file.number
    try syscall("set the size of \(path)") { ftruncate(number, off_t(bytes)) }
  }

  /// What is on the disk, past the target.
  func contents(offset: Int, count: Int) throws -> [UInt8] {
    let file = try #require(fopen("\(directory)/disk.img", "r"))
    defer { fclose(file) }
    fseek(file, offset, SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: count)
    try #require(fread(&bytes, 1, count, file) == count)
    return bytes
  }

  /// The unit as an URL of libiscsi; `account` is `user%secret`.
  func url(lun: Int? = 0, account: String? = nil, options: String = "") -> String {
    let authority = (account.map { $0 + "@" } ?? "") + "127.0.0.1:\(port)"
    guard let lun else { return "iscsi://\(authority)" }
    return "iscsi://\(authority)/\(ISCSITarget.iqn)/\(lun)\(options)"
  }

  /// Runs a program and returns its exit status and what it said on both outputs.
  static func output(_ program: String, _ arguments: [String]) async throws -> (succeeded: Bool, text: String)
  {
    let result = try await run(
      .name(program), arguments: Arguments(arguments), output: .string(limit: 1 << 22),
      error: .combinedWithOutput)
    return (result.terminationStatus == .exited(0), result.standardOutput)
  }
}

/// Waits until the condition holds, for at most ten seconds.
func eventually(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(60)
  while ContinuousClock.now < deadline {
    if condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return condition()
}

/// Carries out what blocks on a thread of its own: those of tasks are few.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    do {
      _ = try ServiceThread(name: "initiator") { continuation.resume(with: Result { try body() }) }
    } catch {
      continuation.resume(throwing: error)
    }
  }
}
