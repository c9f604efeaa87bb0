import Linux
import Logging
import Synchronization

/// Keeps a lease alive on one interface: renews it in time, and gets a new one when it is lost.
///
/// It changes nothing on the interface: that is for `changes` to do. Its thread keeps this object alive until `stop`.
public final class LeaseKeeper: Sendable {
  public enum Change: Hashable, Sendable {
    /// A lease was got or renewed: its address and times are valid now.
    case obtained(Lease)
    /// Its address must not be used any more; the search for a new one goes on.
    case lost(Lease)
  }

  private enum Phase {
    case idle
    case running(ServiceThread)
    case stopping(release: Bool)
  }

  private let interface: String
  private let hostName: String?
  private let lease: Lease?
  private let logger: Logger
  private let changes: @Sendable (Change) -> Void
  private let phase = Mutex(Phase.idle)
  private let wakeUp: EventFlag

  /// - Parameters:
  ///   - lease: what `DHCPClient.acquire` returned, its address being set on the interface; nil asks until one is got.
  ///   - changes: called from the keeper's own thread; should be quick, and must not call `stop`.
  public init(
    interface: String, lease: Lease?, hostName: String? = nil, logger: Logger,
    changes: @escaping @Sendable (Change) -> Void
  ) throws(SystemError) {
    self.interface = interface
    self.lease = lease
    self.hostName = hostName
    self.logger = logger
    self.changes = changes
    wakeUp = try EventFlag()
  }

  /// Has no effect unless idle.
  public func start() throws(SystemError) {
    try phase.withLock { phase throws(SystemError) in
      guard case .idle = phase else { return }
      wakeUp.lower()
      phase = .running(try ServiceThread(name: "dhcp-lease") { [self] in run() })
    }
  }

  /// Ends the keeper; with `release` the server is told that the address is free again.
  public func stop(release: Bool = false) {
    let thread = phase.withLock { phase -> ServiceThread? in
      guard case .running(let thread) = phase else { return nil }
      phase = .stopping(release: release)
      return thread
    }
    guard let thread else { return }
    wakeUp.raise()
    thread.join()
    phase.withLock { $0 = .idle }
  }

  private func run() {
    var current = lease
    while !isStopping {
      do throws(SystemError) {
        try keep(&current)
      } catch {
        // The interface vanished (a USB adapter): begin again, with fresh sockets and no lease.
        logger.warning("DHCP client on \(interface): \(error); trying again")
        if let lost = current.take() { changes(.lost(lost)) }
        _ = try? pollReadable([wakeUp.number], timeout: .seconds(5))
      }
    }
  }

  private var isStopping: Bool {
    phase.withLock { phase in
      if case .stopping = phase { return true }
      return false
    }
  }

  /// Returns when stopping.
  private func keep(_ current: inout Lease?) throws(SystemError) {
    var link = try ClientLink.open(interface: interface, hostName: hostName, lease: current)
    while true {
      switch phase.withLock({ $0 }) {
      case .stopping(let release):
        if release { link.release() }
        return
      case .idle, .running: break
      }
      for change in try link.step(limit: nil, wakeUp: wakeUp.number) {
        switch change {
        case .obtained(let lease):
          current = lease
          changes(.obtained(lease))
        case .lost(let lease):
          current = nil
          changes(.lost(lease))
        case .broadcast, .unicast: break
        }
      }
    }
  }
}
