import FoundationEssentials
import Glibc
import Linux
import SystemPackage

/// Whole files in, whole files out; directories made and removed.
enum Files {
  /// The content of the file at `path`.
  static func read(_ path: FilePath) throws(SystemError) -> [UInt8] {
    try readFile(path.string, limit: .max)
  }

  /// The content of a file in an unpacked package, where links mean places within it; nil where there is none.
  static func read(_ path: String, within root: FilePath) throws(SystemError) -> [UInt8]? {
    let tree = try RootedDirectory(path: root.string)
    guard let info = tree.info(path), info.isRegular else { return nil }
    return try tree.read(path, limit: Int(clamping: info.size))
  }

  /// The text of the file at `path`; bytes that are not UTF-8 are replaced.
  static func text(_ path: FilePath) throws(SystemError) -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  static func exists(_ path: FilePath) -> Bool { access(path.string, F_OK) == 0 }

  /// Puts `bytes` at `path` so that a reader, also after a crash, finds the old content or the new one, never a part.
  static func replace(_ path: FilePath, permissions: mode_t, with bytes: [UInt8]) throws(SystemError) {
    let temporary = path.string + ".new"
    do {
      let descriptor = try OwnedDescriptor(
        path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: permissions)
      // The mode given to open() passes through the umask, and an older file keeps its own.
      try syscall("set the mode of \(temporary)") { fchmod(descriptor.number, permissions) }
      try writeAll(descriptor.number, bytes, to: temporary)
      try syscall("flush \(temporary) to disk") { fsync(descriptor.number) }
    }
    try rename(FilePath(temporary), to: path)
    let parent = path.removingLastComponent()
    let directory = try OwnedDescriptor(
      path: parent.isEmpty ? "." : parent.string, flags: O_RDONLY | O_DIRECTORY)
    try syscall("flush the directory of \(path) to disk") { fsync(directory.number) }
  }

  static func rename(_ path: FilePath, to target: FilePath) throws(SystemError) {
    try syscall("rename \(path) to \(target)") { Glibc.rename(path.string, target.string) }
  }

  /// Makes a symbolic link at `path`.
  static func link(_ path: FilePath, to target: String) throws(SystemError) {
    try syscall("link \(path) to \(target)") { symlink(target, path.string) }
  }

  /// Makes a directory and its parents; one that is there stays as it is.
  static func makeDirectory(_ path: FilePath) throws {
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
  }

  /// Removes a file or a directory with all that is in it; nothing there is fine.
  static func removeTree(_ path: FilePath) throws {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return }
    try FileManager.default.removeItem(atPath: path.string)
  }

  /// A new directory below `parent` that exists as long as `body` runs.
  static func withTemporaryDirectory<Result>(
    in parent: FilePath, isolation: isolated (any Actor)? = #isolation,
    _ body: (FilePath) async throws -> Result
  ) async throws -> Result {
    var template = Array(parent.appending("work-XXXXXX").string.utf8CString)
    guard let name = mkdtemp(&template) else {
      throw SystemError(errno: errno, attempt: "make a directory in \(parent)")
    }
    let path = FilePath(String(cString: name))
    defer { try? removeTree(path) }
    return try await body(path)
  }
}
