import BlockStore

/// A target at one moment.
public struct TargetStatus: Codable, Hashable, Sendable {
  public var iqn: String
  public var portals: [String]
  public var sessions: [Session]
  public var units: [Unit]

  public struct Session: Codable, Hashable, Sendable {
    public var initiator: String
    /// What the initiator calls itself; may be empty.
    public var alias: String
    public var address: String
    /// Target session identifying handle.
    public var tsih: Int
    public var isDiscovery: Bool
    public var counters = SessionCounters()
  }

  public struct Unit: Codable, Hashable, Sendable {
    public var lun: Int
    public var path: String
    public var bytes: UInt64
    public var isReadOnly: Bool
    public var counters: Counters
    public var latency: Latencies
    /// What initiators write to instead of the disk; nil unless it is shared like that.
    public var overlays: [OverlayStatus]?
  }

  /// Since the start of the target.
  public struct Counters: Codable, Hashable, Sendable {
    public var commands: UInt64 = 0
    /// Commands without their status at this moment.
    public var outstanding: UInt64 = 0
    public var bytesRead: UInt64 = 0
    public var bytesWritten: UInt64 = 0
    public var flushes: UInt64 = 0
    /// Requests that the medium failed.
    public var errors: UInt64 = 0

    static func += (sum: inout Counters, other: Counters) {
      sum.commands += other.commands
      sum.outstanding += other.outstanding
      sum.bytesRead += other.bytesRead
      sum.bytesWritten += other.bytesWritten
      sum.flushes += other.flushes
      sum.errors += other.errors
    }
  }
}
