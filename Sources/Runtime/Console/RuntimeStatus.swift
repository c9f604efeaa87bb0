import Linux
import TargetService

/// How things are: what the screen, `ramdiskd status` and the status page show.
public struct RuntimeStatus: Codable, Hashable, Sendable {
  public enum Phase: String, Codable, Hashable, Sendable {
    case starting
    /// Listening; initiators can boot.
    case ready
    case stopping
  }

  public struct Interface: Codable, Hashable, Sendable {
    public var name: String
    public var hardwareAddress: String
    public var hasLink: Bool
    /// `192.168.200.1/24`; nil while there is none.
    public var address: String?
    /// `server`, `proxy` or `off`; nil until decided.
    public var dhcp: String?
  }

  public struct Disk: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable {
      case waiting, serving, failed
    }

    public var lun: Int
    /// As the site names it.
    public var identity: String
    /// `rw`, `ro` or `overlay`.
    public var mode: String
    public var state: State
    public var path: String?
    public var model: String?
    /// Number of bytes.
    public var size: UInt64?
    /// Why it is not served.
    public var problem: String?
  }

  public struct Session: Codable, Hashable, Sendable {
    public var initiator: String
    public var address: String
  }

  public struct NetbootClient: Codable, Hashable, Sendable {
    public var hardwareAddress: String
    /// What was last heard of it.
    public var last: String
  }

  public var phase = Phase.starting
  public var iqn = ""
  public var port = 3260
  /// Address of the menu, for a browser.
  public var url: String?
  public var interfaces: [Interface] = []
  public var disks: [Disk] = []
  /// Titles of the kernels in the menu.
  public var bootEntries: [String] = []
  public var sessions: [Session] = []
  /// The iSCSI target with its counters; nil while it does not listen.
  public var target: TargetStatus?
  public var netbootClients: [NetbootClient] = []
  /// RAM of the machine at this moment.
  public var memory: SystemMemory?
  /// What is wrong, until it is mended.
  public var problems: [String] = []
  /// What happened last, oldest first.
  public var events: [String] = []

  public init() {}
}
