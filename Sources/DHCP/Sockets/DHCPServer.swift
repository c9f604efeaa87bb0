import Linux
import Logging
import Synchronization

/// Answers DHCP and PXE clients on any number of interfaces: as full server, as proxy, or not at all.
///
/// Each interface has sockets of its own on ports 67 and 4011, bound to it alone, so that another DHCP server may
/// serve other interfaces of this machine. One thread waits for all of them; it keeps this object alive until
/// `stop`.
public final class DHCPServer: Sendable {
  private struct State: ~Copyable {
    var services: [String: DHCPService]
    /// Counts the changes of `services`, so that the thread sees that there was one.
    var changes = 0
    var thread: ServiceThread?
    var isStopping = false
  }

  private let state: Mutex<State>
  private let wakeUp: EventFlag
  private let logger: Logger
  private let events: @Sendable (DHCPEvent) -> Void

  /// - Parameters:
  ///   - services: what to answer, by name of the interface; see `setService`.
  ///   - events: called from the server's own thread; must neither block nor call `stop`.
  public init(
    services: [String: DHCPService] = [:], logger: Logger,
    events: @escaping @Sendable (DHCPEvent) -> Void = { _ in }
  ) throws(SystemError) {
    state = Mutex(State(services: services))
    wakeUp = try EventFlag()
    self.logger = logger
    self.events = events
  }

  /// Opens the sockets and starts to answer. Has no effect while running.
  ///
  /// A port that cannot be had, as on an interface that was pulled meanwhile, is logged and tried again every few
  /// seconds; the other interfaces are served.
  ///
  /// - Throws: `SystemError` if there can be no thread.
  public func start() throws(SystemError) {
    try state.withLock { state throws(SystemError) in
      guard state.thread == nil else { return }
      var sockets: [String: LinkSockets] = [:]
      for (interface, service) in state.services where service.mode != .off {
        // The thread tries again, and tells.
        sockets[interface] = try? LinkSockets(interface: interface)
      }
      state.isStopping = false
      let opened = sockets
      state.thread = try ServiceThread(name: "dhcp") { [self] in run(opened) }
    }
  }

  /// Closes the sockets and waits for the thread. Leases are forgotten. Has no effect while stopped.
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

  /// Changes what is answered on an interface; nil or mode off closes its sockets. Takes effect at once if running.
  ///
  /// Leases of the interface are kept as far as they fit the new pool. A port that cannot be had is logged and
  /// tried again every few seconds.
  public func setService(_ service: DHCPService?, on interface: String) {
    state.withLock { state in
      state.services[interface] = service
      state.changes &+= 1
    }
    wakeUp.raise()
  }

  // MARK: - The thread

  private func run(_ opened: [String: LinkSockets]) {
    var links = DHCPLinks(sockets: opened, logger: logger, events: events)
    var seen: Int?
    while true {
      let (isStopping, changes, services) = state.withLock { ($0.isStopping, $0.changes, $0.services) }
      if isStopping { break }
      if changes != seen || links.isIncomplete {
        links.update(services)
        seen = changes
      }
      links.serve(wakeUp: wakeUp.number)
      wakeUp.lower()
    }
  }
}
