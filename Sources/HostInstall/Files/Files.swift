import Glibc
import Linux

/// Reading files and directories of this machine. Paths are real ones (see `HostRoot.resolve`).
public enum Files {
  /// What a path refers to, the link itself where it is one; nil when there is nothing.
  public static func status(_ path: String) throws(SystemError) -> stat? {
    var result = stat()
    do {
      try syscall("look at \(path)") { lstat(path, &result) }
    } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
      return nil
    }
    return result
  }

  /// Whether there is anything at `path`, links followed. What cannot be looked at does not exist: not for decisions
  /// about what is to be taken back (`status`).
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether `path` is a directory, links followed. What cannot be looked at is none: not for decisions about what is to
  /// be taken back (`hasDirectory`).
  public static func isDirectory(_ path: String) -> Bool { (try? hasDirectory(path)) ?? false }

  /// Whether `path` is a directory, links followed.
  ///
  /// - Throws: `SystemError` where that cannot be found out: a disk that fails has not lost its directories.
  static func hasDirectory(_ path: String) throws(SystemError) -> Bool {
    var result = stat()
    do {
      try syscall("look at \(path)") { stat(path, &result) }
    } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
      return false
    }
    return result.st_mode & S_IFMT == S_IFDIR
  }

  /// Where a symbolic link points; nil when `path` is none.
  public static func linkTarget(_ path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let length = readlink(path, base, buffer.count)
      guard length >= 0 else { return nil }
      return String(
        decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<length]), as: UTF8.self)
    }
  }

  /// The whole file, at most `limit` bytes.
  ///
  /// - Throws: `SystemError`; `EFBIG` when it is longer than `limit`.
  public static func read(_ path: String, limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachChunk(of: path) { (chunk) throws(SystemError) in
      guard bytes.count + chunk.count <= limit else {
        throw SystemError(errno: EFBIG, attempt: "read \(path) (more than \(limit) bytes)")
      }
      bytes.append(contentsOf: chunk)
    }
    return bytes
  }

  /// The file as text; nil when it does not exist or cannot be read.
  public static func text(_ path: String) -> String? {
    (try? read(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls `body` with one piece of the file after the other.
  public static func forEachChunk(
    of path: String, _ body: (UnsafeRawBufferPointer) throws(SystemError) -> Void
  ) throws(SystemError) {
    let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = try syscall("read \(path)") { Glibc.read(file.number, buffer.baseAddress, buffer.count) }
      if count == 0 { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Names in a directory, sorted, without `.` and `..`; empty when there is no such directory.
  public static func list(_ path: String) throws(SystemError) -> [String] {
    guard let directory = opendir(path) else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return [] }
      throw SystemError(errno: code, attempt: "list \(path)")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The directory part of a path.
  public static func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  /// The last component of a path.
  public static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? "/"
  }
}
