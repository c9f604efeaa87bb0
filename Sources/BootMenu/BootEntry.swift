/// Something on a disk that can be booted over the network: a kernel with its initial RAM disks.
public struct BootEntry: Hashable, Sendable {
  /// Identifies the entry in URLs and in the site's config: 1 to 128 of `[A-Za-z0-9._-]`, unique in a scan, and the
  /// same at every scan of the same disk.
  public var id: String
  /// What a menu calls it; one line.
  public var title: String
  /// Version of the kernel, as far as the disk tells; may be empty.
  public var version: String
  public var kernel: BootFile
  /// In the order in which the kernel unpacks them.
  public var initrds: [BootFile]
  /// Command line as it is for a boot from the local disk.
  public var commandLine: String
  public var generator: InitramfsGenerator
  /// Whether the disk itself boots this entry when nobody chooses.
  public var isDefault: Bool

  public init(
    id: String, title: String, version: String, kernel: BootFile, initrds: [BootFile], commandLine: String,
    generator: InitramfsGenerator, isDefault: Bool = false
  ) {
    self.id = id
    self.title = title
    self.version = version
    self.kernel = kernel
    self.initrds = initrds
    self.commandLine = commandLine
    self.generator = generator
    self.isDefault = isDefault
  }
}

/// A file, or a part of one, in the tree that was scanned.
public struct BootFile: Hashable, Sendable {
  /// Path from the root of the tree.
  public var path: String
  /// Where in the file it begins: 0, or the place of a section in a unified kernel image.
  public var offset: UInt64
  /// Bytes.
  public var size: UInt64

  public init(path: String, offset: UInt64 = 0, size: UInt64) {
    self.path = path
    self.offset = offset
    self.size = size
  }
}

/// The program that made an initial RAM disk: it decides by which parameters the disk is found.
public enum InitramfsGenerator: Hashable, Sendable {
  /// `netroot=`, `rd.iscsi.*`; the version is that of the name, for example `059`.
  case dracut(version: String)
  /// `iscsi_auto`, `BOOTIF=`.
  case initramfsTools
  /// A generator without parameters of its own for iSCSI.
  case other(String)

  /// From the name in `Site.Boot.initramfs` or in the sidecar index: `dracut-059`, `initramfs-tools`, …
  public init(named name: String) {
    if name.hasPrefix("dracut") {
      self = .dracut(version: String(name.dropFirst("dracut".count).drop { $0 == "-" }))
    } else if name.hasPrefix("initramfs-tools") {
      self = .initramfsTools
    } else {
      self = .other(name)
    }
  }
}
