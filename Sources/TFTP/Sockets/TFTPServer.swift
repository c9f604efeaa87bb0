import Linux
import Logging
import Synchronization

/// A read-only TFTP server (RFC 1350) with the options blksize, tsize, timeout and windowsize.
///
/// One thread serves all transfers, each from a port of its own; the thread keeps this object alive until `stop`.
public final class TFTPServer: Sendable {
  private struct State: ~Copyable {
    var thread: ServiceThread?
    var isStopping = false
  }

  private let state = Mutex(State())
  private let wakeUp: EventFlag
  private let files: any TFTPFileProvider
  private let interfaces: [String]
  private let port: UInt16
  private let logger: Logger
  private let events: @Sendable (TFTPEvent) -> Void

  /// - Parameters:
  ///   - interfaces: serve only these; empty: all.
  ///   - port: 69 but in tests.
  ///   - events: called from the server's own thread; must neither block nor call `stop`.
  public init(
    files: any TFTPFileProvider, interfaces: [String] = [], port: UInt16 = 69, logger: Logger,
    events: @escaping @Sendable (TFTPEvent) -> Void = { _ in }
  ) throws(SystemError) {
    wakeUp = try EventFlag()
    self.files = files
    self.interfaces = interfaces
    self.port = port
    self.logger = logger
    self.events = events
  }

  /// Starts to listen. Has no effect while running.
  ///
  /// - Throws: `SystemError` if the port cannot be had; then nothing runs.
  public func start() throws(SystemError) {
    try state.withLock { state throws(SystemError) in
      guard state.thread == nil else { return }
      let listeners = try open()
      state.isStopping = false
      state.thread = try ServiceThread(name: "tftp") { [self] in run(listeners) }
    }
  }

  /// Ends all transfers and waits for the thread. Has no effect while stopped.
  public func stop() {
    let thread = state.withLock { state in
      state.isStopping = true
      let thread = state.thread
      state.thread = nil
      return thread
    }
    guard let thread else { return }
    wakeUp.raise()
    thread.join()
  }

  private func open() throws(SystemError) -> [TFTPListener] {
    if interfaces.isEmpty { return [TFTPListener(socket: try UDPSocket(port: port))] }
    var listeners: [TFTPListener] = []
    for interface in interfaces {
      listeners.append(TFTPListener(socket: try UDPSocket(interface: interface, port: port)))
    }
    return listeners
  }

  private func run(_ listeners: [TFTPListener]) {
    var transfers = TFTPTransfers(listeners: listeners, files: files, logger: logger, events: events)
    while !state.withLock({ $0.isStopping }) {
      transfers.serve(wakeUp: wakeUp.number)
      wakeUp.lower()
    }
  }
}
