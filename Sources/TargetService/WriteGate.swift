import Synchronization

/// Lets writes to a unit through many at a time, or one command that needs the unit for itself (COMPARE AND WRITE).
///
/// A write costs two atomic additions. Nothing here waits: who cannot pass is told later, on its own thread. A command
/// that holds the unit is followed by the writes that were parked meanwhile before the next such command gets it, so
/// neither starves the other.
final class WriteGate: Sendable {
  /// Bit 63: closed. Below: writes under way.
  private let state = Atomic<UInt64>(0)
  private static let closed: UInt64 = 1 << 63
  private let queue: Mutex<Queue>

  private struct Queue {
    var isHeld = false
    /// The holder waits for the writes under way to end.
    var granting: (@Sendable () -> Void)?
    var waiting: [@Sendable () -> Void] = []
    /// Writes parked by each ring thread.
    var parked: [Int]
  }

  init(threads: Int) { queue = Mutex(Queue(parked: Array(repeating: 0, count: max(1, threads)))) }

  /// Begins a write; false while a command holds the unit: `park` it then.
  @inline(__always) func enter() -> Bool {
    if state.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue & WriteGate.closed == 0 { return true }
    leave()
    return false
  }

  /// Ends a write that was let through.
  @inline(__always) func leave() {
    if state.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == WriteGate.closed { drained() }
  }

  /// Counts a write of a thread as waiting; false where the gate has opened meanwhile: try to `enter` again.
  func park(thread: Int) -> Bool {
    queue.withLock { queue in
      guard queue.isHeld, queue.parked.indices.contains(thread) else { return false }
      queue.parked[thread] += 1
      return true
    }
  }

  /// Asks for the unit.
  ///
  /// - Parameter granted: called on any thread, unless the unit is free at once.
  /// - Returns: whether it is.
  func acquire(_ granted: @escaping @Sendable () -> Void) -> Bool {
    queue.withLock { queue in
      guard !queue.isHeld else {
        queue.waiting.append(granted)
        return false
      }
      queue.isHeld = true
      return close(&queue, granted)
    }
  }

  /// Gives the unit back.
  ///
  /// - Returns: how many parked writes of each thread have been let through with that: they need not `enter`.
  func release() -> [Int] {
    let (admitted, next) = queue.withLock { queue -> ([Int], (@Sendable () -> Void)?) in
      let admitted = queue.parked
      for index in queue.parked.indices { queue.parked[index] = 0 }
      let count = UInt64(admitted.reduce(0, +))
      if count > 0 { state.wrappingAdd(count, ordering: .acquiringAndReleasing) }
      guard !queue.waiting.isEmpty else {
        queue.isHeld = false
        state.bitwiseAnd(~WriteGate.closed, ordering: .acquiringAndReleasing)
        return (admitted, nil)
      }
      let next = queue.waiting.removeFirst()
      return (admitted, close(&queue, next) ? next : nil)
    }
    next?()
    return admitted
  }

  /// Closes the gate; true if no write is under way.
  private func close(_ queue: inout Queue, _ granted: @escaping @Sendable () -> Void) -> Bool {
    if state.bitwiseOr(WriteGate.closed, ordering: .acquiringAndReleasing).oldValue & ~WriteGate.closed == 0 {
      return true
    }
    // The last write cannot have found nobody waiting: it takes the lock that is held here.
    queue.granting = granted
    return false
  }

  /// The count has come down to nothing while the gate was closed; by now it may be otherwise, and then whoever ends
  /// last comes here again.
  private func drained() {
    let granted = queue.withLock { queue -> (@Sendable () -> Void)? in
      guard state.load(ordering: .acquiring) == WriteGate.closed else { return nil }
      defer { queue.granting = nil }
      return queue.granting
    }
    granted?()
  }
}
