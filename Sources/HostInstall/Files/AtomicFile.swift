import Cryptography
import Glibc
import Linux

/// Replaces files so that after a power cut each is either the old one or the new one, whole.
///
/// Content goes to a temporary file beside the target, is flushed, and takes the target's name; then the directory is
/// flushed. A run that was killed leaves at most the temporary file, which `removeTemporary` takes away. What a boot
/// loader reads is placed with more care (`Placement`).
public enum AtomicFile {
  /// Owner, mode and times that a file gets.
  public struct Metadata: Hashable, Sendable {
    public var mode: UInt32
    public var owner: UInt32 = 0
    public var group: UInt32 = 0
    public var modified: [Int] = []
    public var attributes: [String: [UInt8]] = [:]

    public init(mode: UInt32) { self.mode = mode }

    init(_ image: FileImage) {
      mode = image.mode
      owner = image.owner
      group = image.group
      modified = image.modified
      attributes = (image.attributes ?? [:]).compactMapValues { [UInt8](hexadecimal: $0) }
    }
  }

  /// The temporary name used while `path` is written.
  public static func temporaryPath(for path: String) -> String {
    let parent = Files.parent(path)
    return (parent == "/" ? "" : parent) + "/." + Files.name(path) + ".ramdisk-install"
  }

  /// Whether `path` is such a name, or one derived from it.
  static func isTemporary(_ path: String) -> Bool {
    Files.name(path).hasPrefix(".") && Files.name(path).contains(".ramdisk-install")
  }

  /// Removes what killed runs left of writes to `path`.
  ///
  /// - Throws: `SystemError`; `EUCLEAN` where FAT has to be repaired first.
  public static func removeTemporary(for path: String) throws(SystemError) {
    let parent = Files.parent(path)
    let prefix = Files.name(temporaryPath(for: path))
    for name in try Files.list(parent) where name.hasPrefix(prefix) {
      let temporary = parent + "/" + name
      guard !FAT.holds(parent) || !FAT.sharesClusters(temporary, path) else {
        throw SystemError(
          errno: EUCLEAN,
          attempt:
            "remove \(temporary), whose content a power cut made that of \(path), too (copy that file to another disk, "
            + "repair the partition with fsck.fat, put the copy back, and try again)")
      }
      try syscall("remove \(temporary)") { unlink(temporary) }
    }
  }

  /// Writes `bytes` as `path`.
  public static func write(
    _ bytes: [UInt8], to path: String, _ metadata: Metadata, _ placement: Placement = Placement()
  ) throws {
    try replace(path, metadata, placement) { (descriptor) throws(SystemError) in
      try Linux.writeAll(descriptor, bytes, to: path)
    }
  }

  /// Copies the file `source` to `path`.
  ///
  /// - Parameter flushed: whether it is permanent when this returns; otherwise the caller flushes the file system.
  public static func copy(
    _ source: String, to path: String, _ metadata: Metadata, _ placement: Placement = Placement(),
    flushed: Bool = true
  ) throws {
    try replace(path, metadata, placement, flushed: flushed) { (descriptor) throws(SystemError) in
      try Files.forEachChunk(of: source) { (chunk) throws(SystemError) in
        try writeAll(chunk, to: descriptor, path)
      }
    }
  }

  /// Makes `path` a symbolic link to `target`.
  public static func link(
    _ target: String, at path: String, owner: UInt32, group: UInt32, modified: [Int] = [],
    _ placement: Placement = Placement()
  ) throws {
    let temporary = temporaryPath(for: path)
    try removeTemporary(for: path)
    try syscall("make the link \(temporary)") { symlink(target, temporary) }
    try syscall("set the owner of \(temporary)") { lchown(temporary, owner, group) }
    if let times = times(modified) {
      try syscall("set the time of \(temporary)") {
        utimensat(AT_FDCWD, temporary, times, AT_SYMLINK_NOFOLLOW)
      }
    }
    try placement.place(temporary, path)
    try flushDirectory(Files.parent(path))
  }

  /// Gives a finished, flushed file its final name.
  public static func move(_ source: String, to path: String, _ placement: Placement = Placement()) throws {
    try flush(source)
    try placement.place(source, path)
    try flushDirectory(Files.parent(path))
  }

  /// Removes a file or link; one that is not there is no error.
  public static func remove(_ path: String, _ placement: Placement = Placement()) throws {
    do { try placement.remove(path) } catch let error as SystemError where error.errno == ENOENT { return }
    try flushDirectory(Files.parent(path))
  }

  /// Makes the names in a directory permanent.
  public static func flushDirectory(_ path: String) throws(SystemError) { try flush(path) }

  private static func flush(_ path: String) throws(SystemError) {
    let descriptor = try OwnedDescriptor(path: path, flags: O_RDONLY)
    try syscall("flush \(path)") { fsync(descriptor.number) }
  }

  private static func replace(
    _ path: String, _ metadata: Metadata, _ placement: Placement, flushed: Bool = true,
    _ fill: (Int32) throws(SystemError) -> Void
  ) throws {
    let temporary = temporaryPath(for: path)
    try removeTemporary(for: path)
    do {
      let file = try OwnedDescriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      try fill(file.number)
      try apply(metadata, to: file.number, temporary)
      if flushed { try syscall("flush \(temporary)") { fsync(file.number) } }
    } catch {
      unlink(temporary)
      throw error
    }
    try placement.place(temporary, path)
    if flushed { try flushDirectory(Files.parent(path)) }
  }

  private static func apply(
    _ metadata: Metadata, to descriptor: Int32, _ path: String
  ) throws(SystemError) {
    do {
      try syscall("set the owner of \(path)") { fchown(descriptor, metadata.owner, metadata.group) }
    } catch  where error.errno == EPERM {
      // FAT has no owners; root is refused nowhere else.
    }
    try syscall("set the mode of \(path)") { fchmod(descriptor, mode_t(metadata.mode)) }
    try ExtendedAttributes.write(metadata.attributes, to: path)
    if let times = times(metadata.modified) {
      try syscall("set the time of \(path)") { futimens(descriptor, times) }
    }
  }

  /// Of access and of change, for system calls; nil where the time is not known.
  private static func times(_ modified: [Int]) -> [timespec]? {
    guard modified.count == 2 else { return nil }
    return Array(repeating: timespec(tv_sec: modified[0], tv_nsec: modified[1]), count: 2)
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(SystemError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = try syscall("write \(path)") { Glibc.write(descriptor, rest.baseAddress, rest.count) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}
