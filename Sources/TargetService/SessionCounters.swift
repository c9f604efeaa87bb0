import Synchronization

/// What a session has done so far; written by its thread, read by any.
final class SessionCounters: Sendable {
  let commands = Atomic<UInt64>(0)
  let ended = Atomic<UInt64>(0)
  let bytesRead = Atomic<UInt64>(0)
  let bytesWritten = Atomic<UInt64>(0)
  let checkConditions = Atomic<UInt64>(0)

  /// The figures of this moment.
  var current: TargetStatus.SessionCounters {
    // In this order: a command that ends in between is not counted as ended before it was counted.
    let ended = ended.load(ordering: .acquiring)
    let commands = commands.load(ordering: .acquiring)
    return TargetStatus.SessionCounters(
      commands: commands, outstanding: commands &- ended, bytesRead: bytesRead.load(ordering: .relaxed),
      bytesWritten: bytesWritten.load(ordering: .relaxed),
      checkConditions: checkConditions.load(ordering: .relaxed))
  }
}
