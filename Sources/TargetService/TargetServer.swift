import BlockStore
import Glibc
import ISCSI
import Linux
import Logging
import Synchronization

/// An iSCSI target: listens, serves its units, and puts everything on stable storage when it stops.
public final class TargetServer: Sendable {
  private let context: TargetContext
  private let mailboxes: [Mailbox]
  private let state = Mutex(State())

  private struct State {
    var isStarted = false
    var listeners: [Int32] = []
    var portals: [TargetConfiguration.Portal] = []
    var threads: [ServiceThread] = []
    var helpers: [ServiceThread] = []
  }

  /// Prepares a target; nothing listens yet.
  ///
  /// - Parameter events: called on the target's own threads; it must not block.
  /// - Throws: `TargetError` for a configuration that contradicts itself.
  public init(
    configuration: TargetConfiguration, logger: Logger,
    events: @escaping @Sendable (TargetEvent) -> Void = { _ in }
  ) throws(TargetError) {
    do throws(SystemError) {
      var mailboxes: [Mailbox] = []
      for _ in 0..<max(1, configuration.threads) { mailboxes.append(try Mailbox()) }
      self.mailboxes = mailboxes
    } catch {
      throw .cannotStart(error.description)
    }
    context = try TargetContext(configuration, mailboxes: mailboxes, logger: logger, events: events)
  }

  /// Where the target listens, with the port that the kernel chose for port 0; empty before `start`.
  public var portals: [TargetConfiguration.Portal] { state.withLock { $0.portals } }

  /// Listens and serves until `stop`.
  ///
  /// - Throws: `TargetError` where a portal cannot be opened or the kernel has no io_uring; nothing listens then.
  public func start() throws(TargetError) {
    let isFirst = state.withLock { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { throw .alreadyStarted }
    var listeners: [Int32] = []
    do throws(TargetError) {
      for portal in context.configuration.portals {
        listeners.append(try SocketAddress.listen(portal).release())
      }
      var portals = context.configuration.portals
      for index in portals.indices {
        guard let address = SocketAddress.local(of: listeners[index]) else { continue }
        portals[index].address = address.host
        portals[index].port = address.port
      }
      // Before the first connection: its login depends on where it arrives.
      context.listens(on: portals)
      let threads = try startThreads(listeners)
      state.withLock { state in
        state.listeners = listeners
        state.portals = portals
        state.threads = threads
      }
      for portal in portals { context.report(.listening(portal: portal.description)) }
    } catch {
      for listener in listeners { close(listener) }
      throw error
    }
  }

  /// Starts the ring threads and waits until each has its ring.
  private func startThreads(_ listeners: [Int32]) throws(TargetError) -> [ServiceThread] {
    let context = context
    let ready = Semaphore()
    let failure = Mutex<SystemError?>(nil)
    var threads: [ServiceThread] = []
    do throws(SystemError) {
      for _ in 0..<BlockingExecutor.threadCount {
        let helper = try ServiceThread(name: "iscsi-helper") { context.executor.serve() }
        state.withLock { $0.helpers.append(helper) }
      }
      for (number, mailbox) in mailboxes.enumerated() {
        threads.append(
          try ServiceThread(name: "iscsi-\(number)") {
            do throws(SystemError) {
              let thread = try RingThread(
                number: number, context: context, mailbox: mailbox, listeners: number == 0 ? listeners : [])
              ready.signal()
              thread.run()
            } catch {
              failure.withLock { $0 = error }
              ready.signal()
            }
          })
      }
    } catch {
      failure.withLock { $0 = error }
    }
    for _ in threads { ready.wait() }
    if let error = failure.withLock({ $0 }) {
      context.takeNoMoreConnections(isAbandoned: true)
      context.post(.quit)
      context.executor.stop()
      for thread in threads { thread.join() }
      throw .cannotStart(error.description)
    }
    return threads
  }

  /// Stops: accepts nobody any more, lets commands end for at most `drain`, ends all sessions, flushes every unit.
  ///
  /// Returns when all of that is done; a unit that cannot be flushed is logged and reported.
  public func stop(drain: Duration) {
    let (threads, listeners, helpers) = state.withLock { state in
      defer {
        state.threads = []
        state.listeners = []
        state.helpers = []
        state.portals = []
      }
      return (state.threads, state.listeners, state.helpers)
    }
    guard !threads.isEmpty else { return }
    context.post(.drain(seconds: UInt16(clamping: drain.components.seconds)))
    let clock = ContinuousClock()
    let deadline = clock.now + drain
    while clock.now < deadline, !context.hasNoConnections { usleep(2000) }
    context.takeNoMoreConnections()
    context.post(.quit)
    for thread in threads { thread.join() }
    context.executor.stop()
    for helper in helpers { helper.join() }
    for listener in listeners { close(listener) }
    context.synchronizeAll()
    context.report(.stopped)
  }

  /// Shares one more unit, also with those that are logged in: they are told REPORTED LUNS DATA HAS CHANGED.
  ///
  /// - Throws: `lunUsedTwice`, `lunOutOfRange`, `geometry`; `severalInitiators` where the unit is for one writer.
  public func add(unit: TargetConfiguration.Unit) throws(TargetError) { try context.add(unit) }

  /// The overlays of each unit that has them, by its number.
  public func overlays() -> [Int: [OverlayStatus]] {
    Dictionary(
      context.units.compactMap { unit in unit.overlays.map { (Int(unit.number.value), $0.list()) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Writes what an initiator wrote to a unit's disk, for good, and empties its overlay. May take minutes.
  ///
  /// - Throws: where anyone uses the unit, or other overlays need its disk as it is.
  public func commitOverlay(of initiator: String, lun: Int) throws(OverlayRefusal) {
    try overlayUnit(lun, initiator).commit(initiator)
  }

  /// Forgets what an initiator wrote to a unit.
  ///
  /// - Throws: where the initiator is logged in, or has no overlay.
  public func discardOverlay(of initiator: String, lun: Int) throws(OverlayRefusal) {
    try overlayUnit(lun, initiator).discard(initiator)
  }

  private func overlayUnit(_ lun: Int, _ initiator: String) throws(OverlayRefusal) -> SharedUnit {
    guard let unit = context.units.first(where: { Int($0.number.value) == lun }) else {
      throw .unknown(initiator: initiator, lun: lun)
    }
    return unit
  }

  /// Sessions and counters now.
  public func status() -> TargetStatus { context.status(portals: portals) }
}
