import Synchronization

/// Gathers what waits for a flush of one unit: who comes while a flush is under way shares the next one.
///
/// A flush puts on stable storage whatever was written before it began, so one serves all that asked before. Nothing
/// here waits. Callable from any thread.
final class FlushGathering: Sendable {
  /// A request of a ring thread.
  struct Waiter: Hashable, Sendable {
    var thread: Int
    var request: Int
  }

  private struct State {
    var isUnderWay = false
    /// What the flush under way serves, beside the request that carries it out.
    var served: [Waiter] = []
    /// What came after it began.
    var waiting: [Waiter] = []
  }

  private let state = Mutex(State())

  /// Whether who needs a flush would have to wait for another one first.
  var isUnderWay: Bool { state.withLock { $0.isUnderWay } }

  /// Begins a flush that serves nobody else; false where one is under way.
  func begin() -> Bool {
    state.withLock { state in
      if state.isUnderWay { return false }
      state.isUnderWay = true
      return true
    }
  }

  /// Begins a flush, or waits for the next one.
  ///
  /// - Returns: whether the waiter is to flush now; otherwise it hears of the end, or is told to begin.
  func beginOrJoin(_ waiter: Waiter) -> Bool {
    state.withLock { state in
      guard state.isUnderWay else {
        state.isUnderWay = true
        return true
      }
      state.waiting.append(waiter)
      return false
    }
  }

  /// Ends the flush under way.
  ///
  /// - Parameter thread: where the next flush is best carried out.
  /// - Returns: whom it served beside the one that calls, and who has to flush for all that wait now.
  func end(on thread: Int) -> (served: [Waiter], next: Waiter?) {
    state.withLock { state in
      let served = state.served
      var waiting = state.waiting
      state.waiting = []
      guard !waiting.isEmpty else {
        state.served = []
        state.isUnderWay = false
        return (served, nil)
      }
      let next = waiting.remove(at: waiting.firstIndex { $0.thread == thread } ?? 0)
      state.served = waiting
      return (served, next)
    }
  }
}
