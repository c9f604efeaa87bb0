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
  }

  public struct Unit: Codable, Hashable, Sendable {
    public var lun: Int
    public var path: String
    public var bytes: UInt64
    public var isReadOnly: Bool
    public var counters: Counters
  }

  /// Since the start of the target.
  public struct Counters: Codable, Hashable, Sendable {
    public var commands: UInt64
    public var bytesRead: UInt64
    public var bytesWritten: UInt64
    public var flushes: UInt64
    /// Requests that the medium failed.
    public var errors: UInt64
  }
}
