/// What is particular to one installation: the content of `/etc/iscsi-target-ramdisk.json5`.
///
/// Every section and key has a default that serves a direct cable, except the target's IQN and its LUNs.
public struct Site: Hashable, Sendable {
  /// Version of the format; 1.
  public var version: Int = 1
  public var target: Target
  public var network = Network()
  public var dhcp = DHCP()
  public var menu = Menu()
  public var boot = Boot()
  public var admin = Admin()

  public init(target: Target) { self.target = target }
}

extension Site {
  /// The iSCSI target: who it is, what it shares, who may log in.
  public struct Target: Hashable, Sendable {
    /// iSCSI qualified name: lower case, only `[a-z0-9.:-]` (dracut 112 deletes anything else), at most 223 bytes.
    public var iqn: String
    /// The shared disks; LUN 0 is what initiators boot from.
    public var luns: [LogicalUnit]
    /// TCP port of portals that have none of their own.
    public var port: Int = 3260
    /// Where to listen; empty: on every IPv4 address, at `port`.
    public var portals: [Portal] = []
    /// CHAP account of all initiators that have none in `accounts`; without both anyone on the cable may log in.
    public var chap: CHAP?
    /// Accounts of single initiators; the first that fits counts.
    public var accounts: [InitiatorAccount] = []
    /// Initiator names that may log in; empty: any that knows the secret. `*` at the end matches the rest.
    public var initiators: [String] = []
    /// Directory where persistent reservations outlive a restart, for initiators that ask for it; empty: nowhere.
    public var stateDirectory: String = ""
    /// What becomes of writes where a disk is shared with mode `overlay`.
    public var overlay = Overlay()

    public init(iqn: String, luns: [LogicalUnit]) {
      self.iqn = iqn
      self.luns = luns
    }
  }

  /// One shared disk.
  public struct LogicalUnit: Hashable, Sendable {
    /// Logical unit number, 0...255, unique.
    public var lun: Int
    /// Which disk, by what does not change when it is attached elsewhere: `ptuuid:…` (identifier in the partition
    /// table), `wwn:…`, `serial:…`, `uuid:…` and `partuuid:…` (a file system or partition), or an absolute path
    /// of a device or file.
    public var disk: String
    public var mode = AccessMode.rw
    public var type = UnitType.auto
    /// Whether initiators may destroy all of its contents by SANITIZE; only with mode `rw`.
    public var sanitize = false

    public init(lun: Int, disk: String, mode: AccessMode = .rw, type: UnitType = .auto) {
      self.lun = lun
      self.disk = disk
      self.mode = mode
      self.type = type
    }
  }

  /// What initiators see a shared disk as.
  public enum UnitType: String, Hashable, Sendable, CaseIterable {
    /// An ISO 9660 or UDF image shared with mode `ro` is a CD or DVD, all else a disk.
    case auto
    case disk
    /// A disk whose medium initiators can eject.
    case removable
    /// A CD or DVD in its drive; never written.
    case cdrom
  }

  public enum AccessMode: String, Hashable, Sendable, CaseIterable {
    /// Reads and writes go to the disk; one initiator name at a time.
    case rw
    /// Write protected; any number of initiators.
    case ro
    /// Writes go to a layer of the initiator's own; the disk is never written.
    case overlay
  }

  /// Challenge-handshake authentication (RFC 7143 12.1). Secrets of 12 to 16 characters: Windows takes no others.
  public struct CHAP: Hashable, Sendable {
    public var user: String
    public var secret: String
    /// With it the target proves itself too (mutual CHAP); its secret must differ from `secret`.
    public var mutual: Account?

    public init(user: String, secret: String, mutual: Account? = nil) {
      self.user = user
      self.secret = secret
      self.mutual = mutual
    }
  }

  public struct Account: Hashable, Sendable {
    public var user: String
    public var secret: String

    public init(user: String, secret: String) {
      self.user = user
      self.secret = secret
    }
  }

  /// How the target gets onto the network.
  public struct Network: Hashable, Sendable {
    /// Name of the interface, its MAC address, or `auto`: every wired one with a link.
    public var interface: String = "auto"
    public var address = AddressMode.auto
    /// Address and prefix used when no DHCP server answers, and with `static`.
    public var fallback: String = "192.168.200.1/24"
    /// Seconds to wait for a DHCP lease before the fallback is used.
    public var dhcpWait: Int = 6

    public init() {}
  }

  public enum AddressMode: String, Hashable, Sendable, CaseIterable {
    /// Ask for a lease; without an answer use the fallback address.
    case auto
    /// Only a lease: keep asking.
    case dhcp
    /// Only the fallback address: never ask.
    case `static`
  }

  /// What to answer to PXE clients.
  public struct DHCP: Hashable, Sendable {
    public var mode = DHCPMode.auto
    /// First and last address to hand out, `FIRST-LAST`; empty: what is free of the fallback's network, at most 100.
    public var range: String = ""
    /// Seconds a lease lasts; 0: for ever, which is right for a disk that hangs on it.
    public var lease: Int = 0

    public init() {}
  }

  public enum DHCPMode: String, Hashable, Sendable, CaseIterable {
    /// `server` where none answered when a lease was asked for; else `proxy`, with a static address, too.
    case auto
    /// Only boot information, beside the network's own DHCP server.
    case proxy
    /// Addresses and boot information.
    case server
    case off
  }

  /// The menu that initiators see.
  public struct Menu: Hashable, Sendable {
    public var title: String = "iSCSI Target Ramdisk"
    /// Seconds until the default entry starts; 0 waits for ever.
    public var timeout: Int = 10
    /// Identifier of the default entry; empty: the newest kernel, or what the target itself boots by default.
    public var defaultEntry: String = ""
    /// Account asked for before the menu is shown; nil shows it to anyone on the cable, and with it the CHAP secret.
    public var login: Login?
    /// Entries besides those found on the disk.
    public var entries: [Entry] = []
    /// What is different for one client, by MAC address `aa:bb:cc:dd:ee:ff`.
    public var clients: [String: Client] = [:]

    public init() {}
  }

  public struct Login: Hashable, Sendable {
    public var user: String
    /// As written by `PasswordHash`.
    public var passwordHash: String

    public init(user: String, passwordHash: String) {
      self.user = user
      self.passwordHash = passwordHash
    }
  }

  /// An extra menu entry: exactly one of `script` (iPXE commands, one a line) and `sanboot` (a LUN).
  public struct Entry: Hashable, Sendable {
    public var id: String
    public var title: String
    public var script: [String]?
    public var sanboot: Int?

    public init(id: String, title: String, script: [String]? = nil, sanboot: Int? = nil) {
      self.id = id
      self.title = title
      self.script = script
      self.sanboot = sanboot
    }
  }

  public struct Client: Hashable, Sendable {
    public var defaultEntry: String?
    public var timeout: Int?
    /// Added to the command line of every kernel this client boots.
    public var commandLine: String?

    public init() {}
  }

  /// Where the kernels are, and what to tell them.
  public struct Boot: Hashable, Sendable {
    /// File system with the kernels: `uuid:…`, `partuuid:…` or a device; empty: no kernels, only `sanboot`.
    public var partition: String = ""
    /// Directory of the kernels in that file system: `/` where it is mounted on /boot, else `/boot`.
    public var path: String = "/boot"
    /// Command line of kernels that no Boot Loader Specification entry describes.
    public var commandLine: String = ""
    /// Added to every command line.
    public var extraCommandLine: String = ""
    /// Generator of the initramfs of the kernels, for example `dracut-059`, `initramfs-tools`.
    public var initramfs: String = "dracut"

    public init() {}
  }

  /// The administrator's access to the running ramdisk.
  public struct Admin: Hashable, Sendable {
    /// Password of the user `admin`, which the status page takes, as written by `PasswordHash`; empty: anyone on the
    /// network may look.
    public var passwordHash: String = ""

    public init() {}
  }
}
