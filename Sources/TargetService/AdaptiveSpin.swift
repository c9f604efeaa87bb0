import BlockStore

/// How long a ring thread looks for work before it sleeps.
///
/// Waking a sleeping thread costs tens of microseconds, so looking for 30 more than doubles the rate of an initiator
/// that waits for each answer; but only while answers do follow closely, else it burns a processor for nothing.
struct AdaptiveSpin: Hashable, Sendable {
  /// Nanoseconds.
  static let budget: Int64 = 30_000
  private static let limit = 8
  private var confidence = 0

  /// What to hand to `IORing.enter`.
  @inline(__always) var spin: Int64 { confidence > 0 ? Self.budget : 0 }

  /// Learns from a wait that took `slept` nanoseconds.
  @inline(__always) mutating func learn(_ wake: IORing.Wake, slept: UInt64) {
    switch wake {
    case .atOnce: break
    case .spinning: confidence = Self.limit
    case .sleeping where slept < UInt64(Self.budget) * 3: confidence = min(Self.limit, confidence + 4)
    case .sleeping, .timeout: confidence = max(0, confidence - 1)
    }
  }
}
