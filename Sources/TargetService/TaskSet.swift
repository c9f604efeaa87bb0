/// The tasks of one nexus on one unit, in what order they may run (SAM-5 8; TST 001b: a task set for each nexus).
///
/// SIMPLE tasks run side by side. An ORDERED task runs when all that came before it are over, and alone; HEAD OF QUEUE
/// waits for nobody.
struct TaskSet {
  /// Tasks that have been started and are not over.
  private(set) var running = 0
  private var isOrderedRunning = false
  /// Tasks that wait, in the order of their coming.
  private var held: [(task: Waiting, isOrdered: Bool)] = []

  private var waiting = 0

  /// Looks at a number and not at the array: that one would be counted as referred to, with every command.
  @inline(__always) var isWaiting: Bool { waiting > 0 }

  /// A task by its connection's place on the thread, and its slot there.
  struct Waiting: Hashable {
    let slot: Int
    let connection: Int
  }

  /// Task attributes (RFC 7143 11.3.1).
  enum Attribute: UInt8 {
    case untagged = 0
    case simple = 1
    case ordered = 2
    case headOfQueue = 3
    case autoContingentAllegiance = 4
  }

  /// Takes a new task; false where it has to wait for `next`.
  @inline(__always) mutating func admit(_ task: Waiting, _ attribute: Attribute) -> Bool {
    let mustWait =
      switch attribute {
      case .headOfQueue: false
      case .ordered: running > 0 || isWaiting
      default: isOrderedRunning || isWaiting
      }
    if mustWait {
      held.append((task, attribute == .ordered))
      waiting = held.count
      return false
    }
    running += 1
    if attribute == .ordered { isOrderedRunning = true }
    return true
  }

  /// A running task is over.
  @inline(__always) mutating func end(isOrdered: Bool) {
    running -= 1
    if isOrdered { isOrderedRunning = false }
  }

  /// A waiting task is over before it began.
  mutating func withdraw(_ task: Waiting) {
    held.removeAll { $0.task == task }
    waiting = held.count
  }

  /// The task that may start now, if any; it counts as running from then on.
  mutating func next() -> Waiting? {
    guard let first = held.first, !isOrderedRunning, !first.isOrdered || running == 0 else { return nil }
    held.removeFirst()
    waiting = held.count
    running += 1
    isOrderedRunning = first.isOrdered
    return first.task
  }
}
