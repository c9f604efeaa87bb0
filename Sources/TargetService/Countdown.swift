import Synchronization

/// Waits for what several threads have to end, without making any of them wait.
final class Countdown: Sendable {
  private let pending: Atomic<Int>
  private let finished: @Sendable () -> Void

  /// - Parameters:
  ///   - holders: calls of `leave` without an `enter` before them.
  ///   - finished: called by whoever leaves last.
  init(_ holders: Int, finished: @escaping @Sendable () -> Void) {
    pending = Atomic(holders)
    self.finished = finished
  }

  /// One more thing has to end first.
  func enter() { pending.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  func leave() {
    if pending.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished() }
  }
}
