extension TargetStatus {
  /// How long commands took since the start of the target, from arrival to status.
  public struct Latency: Codable, Hashable, Sendable {
    /// How many there were; where there was none the rest is 0.
    public var count: UInt64
    /// All together, in nanoseconds, as the rest.
    public var sum: UInt64
    /// Half of them took no longer than this, and so on.
    public var p50: UInt64
    public var p90: UInt64
    public var p99: UInt64
    public var p999: UInt64
    /// The longest; a minute stands for longer.
    public var maximum: UInt64
  }

  /// By what the commands do.
  public struct Latencies: Codable, Hashable, Sendable {
    public var read: Latency
    public var write: Latency
    /// SYNCHRONIZE CACHE.
    public var flush: Latency
    public var other: Latency
  }

  /// Of one session since its login.
  public struct SessionCounters: Codable, Hashable, Sendable {
    public var commands: UInt64 = 0
    /// Commands without their status at this moment.
    public var outstanding: UInt64 = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    /// Commands that ended with CHECK CONDITION.
    public var checkConditions: UInt64 = 0
  }
}
