import BlockStore

/// How long a ring thread looks for work before it sleeps.
///
/// Waking a sleeping thread costs tens of microseconds, so looking for 30 more than doubles the rate of an initiator
/// that waits for each answer; but only while answers do follow closely, else it burns a processor for nothing. Where
/// work uses to come sooner than that, looking is given up sooner; where it does not pay (`SpinTrial`), there is none.
struct AdaptiveSpin: Hashable, Sendable {
  /// Nanoseconds to look at most.
  static let budget: Int64 = 30_000
  private static let leastBudget: Int64 = 4_000
  private static let limit = 8
  private var confidence = 0
  /// Nanoseconds until work came, on average, as far as looking found it or would have.
  private var usualWait = budget
  private var trial = SpinTrial()

  /// What to hand to `IORing.enter`.
  @inline(__always) var spin: Int64 {
    confidence > 0 && !trial.sleeps ? min(Self.budget, max(Self.leastBudget, usualWait * 3)) : 0
  }

  /// Learns from a wait that took `slept` nanoseconds.
  @inline(__always) mutating func learn(_ wake: IORing.Wake, slept: UInt64) {
    switch wake {
    case .atOnce: break
    case .spinning:
      confidence = Self.limit
      expect(slept)
    case .sleeping where slept < UInt64(Self.budget) * 3:
      confidence = min(Self.limit, confidence + 4)
      expect(slept)
    case .sleeping, .timeout: confidence = max(0, confidence - 1)
    }
  }

  /// Counts commands that came since this was called last.
  @inline(__always) mutating func note(_ commands: Int, now: UInt64) { trial.note(commands, now: now) }

  @inline(__always) private mutating func expect(_ wait: UInt64) {
    usualWait += (Int64(clamping: wait) - usualWait) / 8
  }
}
