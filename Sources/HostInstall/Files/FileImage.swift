import Cryptography
import Glibc
import Linux

/// All there is to say about one path: enough to put it back as it was.
public struct FileImage: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable { case absent, file, symlink, directory, special }

  public var kind: Kind
  /// Permission bits.
  public var mode: UInt32 = 0
  public var owner: UInt32 = 0
  public var group: UInt32 = 0
  /// Of a file: bytes.
  public var size: Int = 0
  /// Of a file: SHA-256 of its content, hexadecimal.
  public var digest: String?
  /// Of a symbolic link: where it points.
  public var target: String?
  /// Time of the last change of content: seconds and nanoseconds since 1970.
  public var modified: [Int] = []
  /// Extended attributes, values in hexadecimal: SELinux labels, ACLs, capabilities.
  public var attributes: [String: String]?

  public static let absent = FileImage(kind: .absent)

  init(kind: Kind) { self.kind = kind }

  /// Looks at `path` (a real path of this machine), links not followed.
  public init(of path: String) throws {
    guard let status = try Files.status(path) else {
      self = .absent
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .file
    case S_IFLNK: kind = .symlink
    case S_IFDIR: kind = .directory
    default: kind = .special
    }
    mode = UInt32(status.st_mode & 0o7777)
    owner = status.st_uid
    group = status.st_gid
    modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
    if kind == .file {
      size = Int(status.st_size)
      digest = try FileImage.digest(of: path)
    }
    if kind == .symlink { target = Files.linkTarget(path) }
    let attributes = ExtendedAttributes.read(path)
    if !attributes.isEmpty { self.attributes = attributes.mapValues(\.hexadecimal) }
  }

  /// SHA-256 of a file's content, hexadecimal.
  public static func digest(of path: String) throws -> String {
    var digest = try Digest(.sha256)
    try Files.forEachChunk(of: path) { (chunk) throws(SystemError) in digest.update(chunk) }
    return digest.finish().hexadecimal
  }

  /// Whether both have the same content: times, owners and modes may differ.
  public func hasContent(of other: FileImage) -> Bool {
    kind == other.kind && digest == other.digest && target == other.target
  }
}
