import BlockStore

/// What a target is: its name, its portals, its units, who may log in.
public struct TargetConfiguration: Sendable {
  /// iSCSI qualified name of the target.
  public var iqn: String
  /// Where to listen.
  public var portals: [Portal]
  /// The logical units; LUN 0 is what initiators boot from.
  public var luns: [Unit]
  /// The account of all initiators that have none of their own; without any, no initiator needs to authenticate.
  public var chap: CHAP?
  /// Accounts of single initiators, by name; one that ends in `*` is that of every name it begins.
  public var accounts: [(initiator: String, chap: CHAP)] = []
  /// Names of initiators; one that ends in `*` matches every name it begins. Empty allows all.
  public var allowedInitiators: [String] = []
  /// Lets several initiator names use a unit that can be written to at the same time. Without a cluster file system
  /// or persistent reservations on their side that destroys the data, so it is off.
  public var allowsSeveralWriters = false
  /// Directory where persistent reservations outlive the process, for initiators that ask for it (APTPL); empty, or in
  /// memory: nowhere. It is made if need be.
  public var stateDirectory = ""
  /// Ring threads; each session lives on one of them.
  public var threads: Int
  /// Most connections at a time; further ones are closed at once.
  public var connectionLimit = 128
  /// Commands that an initiator may have outstanding in a session.
  public var queueDepth = 128
  /// Seconds after which a connection that has not logged in is closed.
  public var loginTimeout = 15

  public init(iqn: String, portals: [Portal], luns: [Unit]) {
    self.iqn = iqn
    self.portals = portals
    self.luns = luns
    threads = max(1, min(processorCount(), 4))
  }

  /// A numeric address and a TCP port.
  public struct Portal: Hashable, Sendable, CustomStringConvertible {
    /// IPv4 or IPv6 address; `0.0.0.0` and `::` are all of them.
    public var address: String
    /// 0 lets the kernel choose: see `TargetServer.portals`.
    public var port: UInt16
    /// Tag of the portal group, 1 to 65535: a session has all its connections in one, and each is a SCSI target port.
    public var group: UInt16
    /// Where logins that arrive here are sent instead.
    public var redirection: Redirection?

    public init(address: String, port: UInt16 = 3260, group: UInt16 = 1, redirection: Redirection? = nil) {
      self.address = address
      self.port = port
      self.group = group
      self.redirection = redirection
    }

    /// `192.0.2.1:3260`, `[2001:db8::1]:3260`
    public var description: String { SocketAddress(host: address, port: port).description }
  }

  /// Another address of the target, perhaps on another machine.
  public struct Redirection: Hashable, Sendable {
    public var address: String
    public var port: UInt16
    /// Whether the initiator may forget the old address.
    public var isPermanent: Bool

    public init(address: String, port: UInt16 = 3260, isPermanent: Bool = false) {
      self.address = address
      self.port = port
      self.isPermanent = isPermanent
    }
  }

  /// A logical unit and what it tells about itself.
  public struct Unit: Sendable {
    /// 0...255.
    public var lun: Int
    public var store: BlockStore
    /// For a store of mode `overlay`: where its initiators write to.
    public var overlays = OverlayOptions()
    /// Lets initiators destroy the contents by SANITIZE. Without a store of mode `readWrite` it means nothing: nothing of
    /// an overlay's base is ever written.
    public var allowsSanitize = false
    /// Up to 8 characters.
    public var vendor = "RAMDISK"
    /// Up to 16 characters.
    public var product: String
    /// Up to 4 characters.
    public var revision = "1"
    /// Stable and unique; nil: what the store derives from its disk.
    public var serialNumber: String?

    public init(lun: Int, store: BlockStore) {
      self.lun = lun
      self.store = store
      product = store.type == .disc ? "iSCSI DVD-ROM" : "iSCSI disk"
    }
  }

  /// Accounts of the challenge-handshake authentication (RFC 7143 12.1).
  public struct CHAP: Hashable, Sendable {
    public var user: String
    public var secret: String
    /// With both the target proves itself to initiators that ask; its secret must differ from `secret`.
    public var targetUser: String?
    public var targetSecret: String?

    public init(user: String, secret: String, targetUser: String? = nil, targetSecret: String? = nil) {
      self.user = user
      self.secret = secret
      self.targetUser = targetUser
      self.targetSecret = targetSecret
    }
  }
}

/// A configuration that no target can be made of, or a portal that cannot be opened.
public enum TargetError: Error, Hashable, Sendable, CustomStringConvertible {
  case noPortal
  case noUnits
  case lunOutOfRange(Int)
  case lunUsedTwice(Int)
  case chapSecretsEqual
  case geometry(path: String)
  case address(String)
  /// A portal group tag of 0.
  case portalGroup(String)
  case cannotListen(String, reason: String)
  case cannotStart(String)
  case alreadyStarted
  /// Reservations cannot be kept where they should be.
  case stateDirectory(String, reason: String)
  /// A unit for one writer was to be added while several initiators were there.
  case severalInitiators(lun: Int)

  public var description: String {
    switch self {
    case .noPortal: "the target has no address to listen on"
    case .noUnits: "the target has no disk to share"
    case .lunOutOfRange(let lun): "LUN \(lun) is not between 0 and 255"
    case .lunUsedTwice(let lun): "LUN \(lun) is given to two disks"
    case .chapSecretsEqual: "both CHAP secrets are the same: give the target one of its own"
    case .geometry(let path): "\(path) has a size that SCSI cannot express"
    case .address(let text): "\(text) is no numeric IPv4 or IPv6 address"
    case .portalGroup(let portal): "\(portal) has no portal group: tags are 1 to 65535"
    case .cannotListen(let portal, let reason): "cannot listen on \(portal): \(reason)"
    case .cannotStart(let reason): "cannot start serving: \(reason)"
    case .alreadyStarted: "the target has been started before; make another"
    case .stateDirectory(let path, let reason):
      "persistent reservations cannot be kept in \(path): \(reason); make it usable or take stateDirectory out"
    case .severalInitiators(let lun):
      "LUN \(lun) can be written to by one initiator at a time, and several are logged in"
    }
  }
}
