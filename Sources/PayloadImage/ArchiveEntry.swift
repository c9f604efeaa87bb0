/// One member of an initramfs: what the kernel creates from it when it unpacks the archive.
///
/// Owner, group and times are not here: they are always root, root and the epoch, so that the same content gives the
/// same bytes.
public struct ArchiveEntry: Hashable, Sendable {
  /// What is found at the path.
  public enum Content: Hashable, Sendable {
    case directory
    case file([UInt8])
    case symbolicLink(target: String)
    case characterDevice(major: UInt32, minor: UInt32)
  }

  /// Path below the root, without a slash at either end: `etc/hostname`.
  public var path: String
  /// Permission bits, 0...0o7777.
  public var permissions: UInt32
  public var content: Content

  public init(path: String, permissions: UInt32, content: Content) {
    self.path = path
    self.permissions = permissions
    self.content = content
  }
}

extension ArchiveEntry {
  /// A regular file.
  public static func file(_ path: String, permissions: UInt32 = 0o644, _ bytes: [UInt8]) -> ArchiveEntry {
    ArchiveEntry(path: path, permissions: permissions, content: .file(bytes))
  }

  /// A directory.
  public static func directory(_ path: String, permissions: UInt32 = 0o755) -> ArchiveEntry {
    ArchiveEntry(path: path, permissions: permissions, content: .directory)
  }

  /// A symbolic link; its permissions mean nothing and are always 0777.
  public static func link(_ path: String, to target: String) -> ArchiveEntry {
    ArchiveEntry(path: path, permissions: 0o777, content: .symbolicLink(target: target))
  }

  /// Type and permissions as `st_mode` has them.
  var mode: UInt32 {
    let type: UInt32 =
      switch content {
      case .directory: FileType.directory
      case .file: FileType.regular
      case .symbolicLink: FileType.symbolicLink
      case .characterDevice: FileType.characterDevice
      }
    return type | permissions & 0o7777
  }

  /// The bytes that follow the header: a file's content, a link's target.
  var payload: [UInt8] {
    switch content {
    case .file(let bytes): bytes
    case .symbolicLink(let target): Array(target.utf8)
    case .directory, .characterDevice: []
    }
  }
}

/// The file types of `st_mode` (inode(7)).
enum FileType {
  static let mask: UInt32 = 0o170000
  static let symbolicLink: UInt32 = 0o120000
  static let regular: UInt32 = 0o100000
  static let directory: UInt32 = 0o040000
  static let characterDevice: UInt32 = 0o020000
}
