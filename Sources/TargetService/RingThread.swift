import BlockStore
import CUring
import Glibc
import ISCSI
import Linux

/// A thread with a ring of its own that serves its connections until it is told to stop.
///
/// Everything here but the mailbox belongs to that thread.
final class RingThread {
  let number: Int
  let context: TargetContext
  let mailbox: Mailbox
  var ring: IORing
  var pool = BufferPool()
  var requests = DiskRequests()
  /// Requests that wait for a unit's `WriteGate`, in the order of their coming.
  var parked: [ParkedRequest] = []

  private(set) var connections: [Connection?] = []
  /// Connections with something to send or to receive into, each once.
  private var dirty: [Int] = []
  /// Those of this turn, kept for their memory.
  private var lookedAfter: [Int] = []
  private var listeners: [Int32]
  private var serial: UInt64 = 0
  private var isDraining = false
  private var mustStop = false
  /// Whether the ring tells of messages; where it was full it is asked again.
  private var listensToMailbox = false
  /// Listeners that wait for file descriptors, or the ring, to become free.
  private var pausedListeners: [Int] = []
  private var nextTick: UInt64 = 0
  private var spin = AdaptiveSpin()
  /// Commands that came in this turn of the loop.
  var arrivals = 0
  /// Set once per turn of the loop, in nanoseconds.
  private(set) var now = monotonicNow()

  /// To be called on the thread itself.
  ///
  /// - Parameter listeners: sockets this thread accepts on; it hands connections out to all threads.
  init(number: Int, context: TargetContext, mailbox: Mailbox, listeners: [Int32]) throws(SystemError) {
    self.number = number
    self.context = context
    self.mailbox = mailbox
    self.listeners = listeners
    ring = try IORing(entries: 1024)
  }

  /// Serves until `Message.quit`, and the last connection after it.
  ///
  /// The loop has an exit, and its body is a function of its own: inlined into a loop that never ends, reference
  /// counted temporaries would leak (Swift 6.3.1 at -O).
  func run() {
    let capacity = 256
    let completions = UnsafeMutableBufferPointer<IORing.Completion>.allocate(capacity: capacity)
    defer { completions.deallocate() }
    listenToMailbox()
    for index in listeners.indices { accept(index) }
    var isRunning = true
    while isRunning { isRunning = turn(completions) }
  }

  @inline(never)
  private func turn(_ completions: UnsafeMutableBufferPointer<IORing.Completion>) -> Bool {
    let before = now
    do throws(SystemError) {
      let isFree = dirty.isEmpty
      let wake = try ring.enter(spin: isFree ? spin.spin : 0, timeout: isFree ? idleTime : 0)
      now = monotonicNow()
      if isFree { spin.learn(wake, slept: now &- before) }
    } catch {
      // Others need this thread: it goes on, and what the kernel could not do now it may do later.
      context.logger.critical("Ring thread \(number): \(error)")
      _ = poll(nil, 0, 100)
      now = monotonicNow()
    }
    var count = ring.reap(into: completions)
    while count > 0 {
      for index in 0..<count { complete(completions[index]) }
      count = count == completions.count ? ring.reap(into: completions) : 0
    }
    flushDirty()
    spin.note(arrivals, now: now)
    arrivals = 0
    if now >= nextTick { tick() }
    // Threads with connections may still wait for an answer of this one.
    return !(mustStop && context.mayThreadsEnd && connections.allSatisfy { $0 == nil })
  }

  @inline(__always)
  private func complete(_ completion: IORing.Completion) {
    let tag = RingTag(rawValue: completion.tag)
    switch tag.kind {
    case .receive:
      connections[tag.index]?.received(
        completion.result, hasMore: completion.flags & UInt32(CU_HAS_MORE) != 0)
    case .send: connections[tag.index]?.sent(completion.result)
    case .disk: diskDone(tag.index, completion.result)
    case .mailbox: readMailbox()
    case .accept: accepted(tag.index, completion.result)
    case .cancel, nil: break
    }
  }

  /// Puts a connection on the list of those to look after at the end of this turn.
  @inline(__always) func markDirty(_ connection: Connection) {
    if connection.isDirty { return }
    connection.isDirty = true
    dirty.append(connection.index)
  }

  /// Nanoseconds to sleep at most.
  private var idleTime: Int64 { mustStop ? 10_000_000 : 1_000_000_000 }

  private func flushDirty() {
    // What is made dirty on the way has its turn after the next completions: connections that stir each other up cannot
    // keep the thread from its ring.
    swap(&dirty, &lookedAfter)
    for index in lookedAfter {
      guard let connection = connections[index] else { continue }
      connection.isDirty = false
      connection.lookAfter()
    }
    lookedAfter.removeAll(keepingCapacity: true)
  }
}

extension RingThread {
  private func accept(_ index: Int) {
    if !ring.accept(listeners[index], tag: RingTag(.accept, index).rawValue) { pausedListeners.append(index) }
  }

  private func accepted(_ index: Int, _ result: Int32) {
    if result >= 0 { context.assign(socket: result) }
    guard !isDraining, result != -ECANCELED, result != -EBADF, result != -EINVAL else { return }
    if result < 0, ![-ECONNABORTED, -EINTR, -EAGAIN].contains(result) {
      // The connection stays in the backlog, as where file descriptors are missing; accepting again at once would spin.
      context.logger.error("Cannot accept a connection: \(SystemError.text(-result))")
      pausedListeners.append(index)
      return
    }
    accept(index)
  }

  private func listenToMailbox() {
    listensToMailbox = ring.pollReadable(mailbox.descriptor, tag: RingTag(.mailbox, 0).rawValue)
  }

  private func readMailbox() {
    for message in mailbox.takeAll() { receive(message) }
    listenToMailbox()
  }

  private func receive(_ message: Message) {
    switch message {
    case .makeRoom(let id): connection(id)?.makeRoom()
    case .adopt(let socket, let received): adopt(socket, received)
    case .endSession(let tsih, let reason):
      for connection in connections where connection?.session?.tsih == tsih { connection?.close(reason) }
    case .decideAgain(let id): connection(id)?.decideAgain()
    case .abortTasks(let abort):
      for connection in connections { connection?.session?.apply(abort) }
      abort.pending.leave()
    case .quiesce(let quiescence):
      for connection in connections { connection?.session?.apply(quiescence) }
      quiescence.pending.leave()
    case .taskManagementDone(let id, let token): connection(id)?.session?.taskManagementDone(token)
    case .blockingDone(let request, let errno): finish(request, errno)
    case .flushTurn(let request): beginFlush(request)
    case .gateOpened(let backend, let writes): submitParked(backend, writes)
    case .drain(let seconds):
      isDraining = true
      for listener in listeners { _ = ring.cancel(listener, tag: RingTag(.cancel, 0).rawValue) }
      for connection in connections { connection?.closeWhenIdle(within: seconds) }
    case .quit:
      mustStop = true
      for connection in connections { connection?.close("the target stops") }
    }
  }

  /// The session with that number, if it lives on this thread.
  func sharedSession(tsih: UInt16) -> SharedSession? {
    connections.first { $0?.session?.tsih == tsih }??.session?.shared
  }

  private func connection(_ id: ConnectionID) -> Connection? {
    guard connections.indices.contains(id.index), let connection = connections[id.index] else { return nil }
    return connection.serial == id.serial ? connection : nil
  }

  private func adopt(_ socket: Int32, _ received: [UInt8]) {
    let descriptor = OwnedDescriptor(owning: socket)
    guard !isDraining, !mustStop else {
      context.released()
      return
    }
    serial += 1
    let index = connections.firstIndex { $0 == nil } ?? connections.count
    do throws(SystemError) {
      let connection = try Connection(descriptor, index: index, serial: serial, thread: self)
      if index == connections.count {
        connections.append(connection)
      } else {
        connections[index] = connection
      }
      context.opened(connection.id)
      markDirty(connection)
      if !received.isEmpty { connection.take(received) }
    } catch {
      context.released()
      context.logger.error("A connection was dropped: \(error)")
    }
  }

  /// The connection has ended and nothing of it is on its way.
  func remove(_ connection: Connection) {
    connections[connection.index] = nil
    context.isNoLogin(connection.id)
    context.released()
  }

  private func tick() {
    nextTick = now &+ 1_000_000_000
    if number == 0 { context.executor.run { [context] in context.revalidate() } }
    for connection in connections { connection?.tick(now) }
    let paused = pausedListeners
    pausedListeners = []
    for index in paused where !isDraining { accept(index) }
    if !listensToMailbox { listenToMailbox() }
  }
}
