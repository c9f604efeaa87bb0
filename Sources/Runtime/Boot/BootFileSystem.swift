import BlockProbe
import BootMenu
import Glibc
import Linux
import SiteConfig

/// Reads the kernels off the boot file system without writing a byte to the disk, not even its journal.
///
/// A read-only mount is no promise of that: ext4 deletes inodes left behind by programs that a crash ended, without a
/// journal under `noload`, unless the device itself is read-only. So it is, for as long as the mount lasts.
struct BootFileSystem {
  /// Why there are no kernels to offer.
  enum Failure: Error, CustomStringConvertible {
    case noFileSystem(path: String)
    case system(SystemError)

    var description: String {
      switch self {
      case .noFileSystem(let path): "\(path) holds no file system that kernels could be read from"
      case .system(let error): "\(error)"
      }
    }
  }

  /// Loads a file system's driver before the mount asks for it.
  let loadDriver: @Sendable (String) -> Void
  /// Where it is mounted for a moment.
  var mountPoint = "/run/ramdiskd/boot"

  /// Finds the kernels of `device` and copies them to `directory`; the file system is unmounted when this returns,
  /// and the device as writable as it was.
  func read(device: BlockDeviceInfo, site: Site.Boot, to directory: String) throws(Failure) -> BootImages {
    guard let type = device.filesystemType, device.filesystemUsage == "filesystem" else {
      throw .noFileSystem(path: device.path)
    }
    let isProtected: Bool
    do { isProtected = try protectFromWrites(device.path) } catch { throw .system(error) }
    let result = Result<BootImages, Failure> { () throws(Failure) in
      try read(device.path, type: type, site: site, to: directory)
    }
    // Told before anything else: the disk is to be shared for writing.
    if isProtected { do { try allowWrites(device.path) } catch { throw .system(error) } }
    return try result.get()
  }

  private func read(
    _ path: String, type: String, site: Site.Boot, to directory: String
  ) throws(Failure) -> BootImages {
    try mount(path, type: type)
    let result = Result<BootImages, SystemError> { () throws(SystemError) in
      try Self.read(root: mountPoint, site: site, to: directory)
    }
    do {
      try unmountFileSystem(mountPoint, patience: .seconds(3))
      // What the mount read must not stay in the cache beside what initiators write later.
      try flushBlockCache(path)
    } catch { throw .system(error) }
    do { return try result.get() } catch { throw .system(error) }
  }

  /// The same for a tree that is a directory of this machine.
  static func read(root: String, site: Site.Boot, to directory: String) throws(SystemError) -> BootImages {
    let entries = try BootMenu.scan(root: root, path: site.path, defaults: BootMenu.Defaults(site))
    return try BootImages(copying: entries, root: root, to: directory, limit: memoryBudget())
  }

  private func mount(_ path: String, type: String) throws(Failure) {
    let ways = Self.ways(toMount: type)
    for driver in ways.drivers { loadDriver(driver) }
    var failure: SystemError?
    for data in ways.options {
      do throws(SystemError) {
        try mountFileSystem(
          ways.type, from: path, at: mountPoint,
          options: [.readOnly, .noSetUserID, .noDevices, .noExecution], data: data)
        return
      } catch { failure = error }
    }
    if let failure { throw .system(failure) }
  }

  /// How a type of file system is mounted without replaying its journal: options to try in this order.
  static func ways(toMount type: String) -> (type: String, options: [String], drivers: [String]) {
    switch type {
    case "ext2", "ext3", "ext4": ("ext4", ["noload"], ["ext4"])
    case "xfs": ("xfs", ["norecovery,nouuid"], ["xfs"])
    // The top of the tree, whatever the default subvolume; the option's old name for kernels before 5.9.
    case "btrfs": ("btrfs", ["rescue=nologreplay,subvolid=5", "nologreplay,subvolid=5"], ["btrfs"])
    case "vfat":
      // Names are read as the kernel was configured, or as UTF-8 if it lacks that table.
      ("vfat", ["", "iocharset=utf8"], ["vfat", "nls_cp437", "nls_ascii", "nls_iso8859_1", "nls_utf8"])
    default: (type, [""], [type])
    }
  }

  /// How many bytes of RAM kernels may take: half of what is free now.
  private static func memoryBudget() -> UInt64 {
    (SystemMemory.current?.available ?? 0) / 2
  }
}
