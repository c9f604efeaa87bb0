/// What was found out about a system: everything that a plan rests on.
public struct HostFacts: Codable, Hashable, Sendable {
  /// Where the system is mounted on this machine; `/` for the running one.
  public var root: String
  public var distribution: OSRelease
  /// Name of the distro profile used; nil when there is none.
  public var profile: String?
  public var initramfs: InitramfsFacts
  /// Installed kernels, the newest last.
  public var kernels: [KernelFacts]
  public var grub: GRUBFacts?
  public var systemdBoot: SystemdBootFacts?
  public var efi: EFIFacts
  /// Mount points of all partitions that firmware or systemd-boot read.
  public var bootPartitions: [String]
  /// Where a boot loader's files would be, but what should be mounted there when it is asked for cannot be.
  public var failedMounts: [String]
  /// Loaders that are found, but not configured by this program.
  public var otherBootLoaders: [OtherBootLoader]
  /// What another program that does the same left here; nil: nothing.
  public var predecessor: PredecessorFacts?
  public var rootFileSystem: FileSystemFacts?
  public var rootStack: RootStack
  public var bootFileSystem: FileSystemFacts?
  /// Directory of the kernels within the boot file system: `/` or `/boot`, behind a subvolume where there is one.
  public var bootPath: String
  /// The disks to share, in the order of their LUNs.
  public var disks: [DiskFacts]
  /// What the system's own boot entries tell the kernel, root included.
  public var commandLine: String
  public var secureBoot: SecureBootState
  public var network: NetworkFacts
  /// Whether there is a directory of boot loader entries, which kernel-install fills.
  public var writesEntries: Bool
  /// nil: SELinux is off.
  public var selinux: SELinuxPolicy?
}

/// What makes the initramfs, and what could.
public struct InitramfsFacts: Codable, Hashable, Sendable {
  public enum Generator: String, Codable, Hashable, Sendable {
    case initramfsTools = "initramfs-tools"
    case dracut, mkinitcpio, booster, mkinitfs, none
  }

  /// The one that the system's kernel packages call.
  public var generator: Generator
  /// Version of dracut, where it is installed: `059-4`.
  public var dracutVersion: String?
}

public struct KernelFacts: Codable, Hashable, Sendable {
  /// As `uname -r` shows it.
  public var version: String
  public var image: String
  public var initramfs: String
  /// Copies of the initramfs that a boot loader starts instead of it.
  public var copies: [String] = []

  /// The initramfs in all its places.
  var images: [String] { [initramfs] + copies }
}

/// A mounted file system.
public struct FileSystemFacts: Codable, Hashable, Sendable {
  /// Within the system.
  public var mountPoint: String
  /// Of this machine; nil where only fstab tells about it.
  public var device: String?
  public var type: String
  public var uuid: String?
  public var partitionUUID: String?
  /// Whether LVM, LUKS, RAID or the like is between it and the disk.
  public var isLayered: Bool

  /// As the site configuration names it.
  public var identity: String? { uuid.map { "uuid:\($0)" } ?? partitionUUID.map { "partuuid:\($0)" } }
}

/// A disk that holds part of the system.
public struct DiskFacts: Codable, Hashable, Sendable {
  public var path: String
  /// As the site configuration names it: `ptuuid:…`, `wwn:…`, `serial:…`; nil when nothing tells it from others.
  public var identity: String?
  /// Disks that carry one of its identifiers, too.
  public var clones: [String]
  public var size: UInt64
  public var model: String?
}

public enum SecureBootState: String, Codable, Hashable, Sendable {
  case enabled, disabled
  /// No UEFI, or not this machine's system.
  case unknown
}

/// What configures network interfaces on the system.
public struct NetworkFacts: Codable, Hashable, Sendable {
  public var hasNetworkManager: Bool
  /// systemd-networkd is enabled, or netplan may make it so.
  public var usesNetworkd: Bool
  public var hasWicked: Bool
  public var usesSystemd: Bool
}
