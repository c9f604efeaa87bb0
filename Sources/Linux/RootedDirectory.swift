import CLinux
import Glibc

/// A directory tree that is read as a file system of its own: no path and no symbolic link in it leads outside.
///
/// For what stands on a disk that someone else wrote. Needs Linux 5.6.
public final class RootedDirectory: Sendable {
  private let root: OwnedDescriptor
  /// The path it was opened by, for messages.
  public let path: String

  /// - Throws: `SystemError` of open(2).
  public init(path: String) throws(SystemError) {
    root = try OwnedDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
    self.path = path
  }

  /// What is known of a file without reading it.
  public struct FileInfo: Hashable, Sendable {
    /// Bytes.
    public var size: UInt64
    public var isRegular: Bool
    public var isDirectory: Bool
    /// Device and inode: equal for two names of one file.
    public var device: UInt64
    public var inode: UInt64
  }

  /// Opens a file for reading; `path` begins at the root of the tree, with or without a slash.
  ///
  /// - Throws: `SystemError` of openat2(2).
  public func open(_ path: String) throws(SystemError) -> OwnedDescriptor {
    // A device or a pipe on a hostile disk must neither block nor become our terminal.
    OwnedDescriptor(
      owning: try syscall("open \(path) in \(self.path)") {
        clinux_open_in_root(root.number, path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
      })
  }

  /// What `path` leads to; nil where it leads nowhere.
  public func info(_ path: String) -> FileInfo? {
    guard let file = try? open(path) else { return nil }
    return Self.info(file)
  }

  /// The same of an open file.
  public static func info(_ file: borrowing OwnedDescriptor) -> FileInfo? {
    var status = stat()
    guard fstat(file.number, &status) == 0 else { return nil }
    let type = status.st_mode & S_IFMT
    return FileInfo(
      size: UInt64(clamping: status.st_size), isRegular: type == S_IFREG, isDirectory: type == S_IFDIR,
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  /// The first `limit` bytes of a regular file.
  ///
  /// - Throws: `SystemError`; EINVAL for what is not a regular file.
  public func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let file = try open(path)
    guard Self.info(file)?.isRegular == true else {
      throw SystemError(errno: EINVAL, attempt: "read \(path) in \(self.path)")
    }
    return try file.read(at: 0, count: limit, name: path)
  }

  /// Names in a directory, sorted, without `.` and `..`, at most `limit` of them; empty where there is none.
  public func names(in path: String, limit: Int = 4096) -> [String] {
    guard let directory = try? open(path), Self.info(directory)?.isDirectory == true else { return [] }
    guard let stream = fdopendir(directory.release()) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < limit, let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}

extension OwnedDescriptor {
  /// The bytes from `offset` on, fewer than `count` where the file ends.
  ///
  /// - Parameter name: what an error calls the file.
  /// - Throws: `SystemError` of pread(2).
  public borrowing func read(at offset: UInt64, count: Int, name: String) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(max(count, 0), 1 << 16))
    let number = self.number
    while bytes.count < count, let position = off_t(exactly: offset &+ UInt64(bytes.count)) {
      let wanted = min(chunk.count, count - bytes.count)
      let length = try syscall("read \(name)") {
        chunk.withUnsafeMutableBytes { pread(number, $0.baseAddress, wanted, position) }
      }
      if length <= 0 { break }
      bytes += chunk[..<length]
    }
    return bytes
  }
}
