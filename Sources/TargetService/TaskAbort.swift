/// A task management function on its way through all threads: whose tasks to abort, and who waits for their end.
final class TaskAbort: Sendable {
  /// The unit of the tasks to abort, which may be that of one initiator alone; nil: of every unit.
  let backend: UnitBackend?
  /// Only tasks of this session; nil: of all.
  let tsih: UInt16?
  /// Only tasks of nexuses that a PREEMPT AND ABORT has preempted.
  let isForPreempted: Bool
  /// Of threads, and of commands that have requests at the medium.
  let pending: Countdown

  /// - Parameter holders: threads that have to look at their commands.
  init(
    backend: UnitBackend?, tsih: UInt16?, isForPreempted: Bool = false, holders: Int,
    finished: @escaping @Sendable () -> Void
  ) {
    self.backend = backend
    self.tsih = tsih
    self.isForPreempted = isForPreempted
    pending = Countdown(holders, finished: finished)
  }
}
