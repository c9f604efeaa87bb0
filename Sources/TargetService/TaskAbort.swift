import Synchronization

/// A task management function on its way through all threads: whose tasks to abort, and who waits for their end.
final class TaskAbort: Sendable {
  /// The unit of the tasks to abort, which may be that of one initiator alone; nil: of every unit.
  let backend: UnitBackend?
  /// Only tasks of this session; nil: of all.
  let tsih: UInt16?
  /// Only tasks of nexuses that a PREEMPT AND ABORT has preempted.
  let isForPreempted: Bool
  private let pending: Atomic<Int>
  private let finished: @Sendable () -> Void

  /// - Parameter holders: calls of `leave` without an `enter` before them.
  init(
    backend: UnitBackend?, tsih: UInt16?, isForPreempted: Bool = false, holders: Int,
    finished: @escaping @Sendable () -> Void
  ) {
    self.backend = backend
    self.tsih = tsih
    self.isForPreempted = isForPreempted
    pending = Atomic(holders)
    self.finished = finished
  }

  /// One more task has I/O on its way that must end first.
  func enter() { pending.wrappingAdd(1, ordering: .acquiringAndReleasing) }

  func leave() {
    if pending.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished() }
  }
}
