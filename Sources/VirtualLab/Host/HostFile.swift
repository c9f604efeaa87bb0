import Glibc
import Linux
import SystemPackage

/// Small files on the host.
enum HostFile {
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// Reads a whole file as text.
  static func read(_ path: String) throws -> String {
    let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    return try file.closeAfter {
      var content: [UInt8] = []
      try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
        while case let count = try file.read(into: buffer), count > 0 {
          content.append(contentsOf: buffer[..<count])
        }
      }
      return String(decoding: content, as: UTF8.self)
    }
  }

  /// Writes a whole file, replacing what was there.
  static func write(
    _ content: String, to path: String,
    permissions: FilePermissions = [.ownerReadWrite, .groupRead, .otherRead]
  )
    throws
  {
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: permissions)
    _ = try file.closeAfter { try file.writeAll(content.utf8) }
    // The umask must not have a say in what is a program and what is secret.
    try syscall("set the mode of \(path)") { chmod(path, permissions.rawValue) }
  }
}
