import Glibc
import Linux
import SystemPackage

/// Whole files in, whole files out.
enum Files {
  /// The content of the file at `path`.
  static func read(_ path: FilePath) throws(SystemError) -> [UInt8] {
    let descriptor = try OwnedDescriptor(path: path.string, flags: O_RDONLY)
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try syscall("read \(path)") { Glibc.read(descriptor.number, &buffer, buffer.count) }
      if count == 0 { return content }
      content += buffer[..<count]
    }
  }

  /// Puts `bytes` at `path` so that a reader, also after a crash, finds the old content or the new one, never a part.
  static func replace(_ path: FilePath, permissions: mode_t, with bytes: [UInt8]) throws(SystemError) {
    let temporary = path.string + ".new"
    do {
      let descriptor = try OwnedDescriptor(
        path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: permissions)
      // The mode given to open() passes through the umask, and an older file keeps its own.
      try syscall("set the mode of \(temporary)") { fchmod(descriptor.number, permissions) }
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = try syscall("write \(temporary)") {
          rest.withUnsafeBytes { write(descriptor.number, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(count)
      }
      try syscall("flush \(temporary) to disk") { fsync(descriptor.number) }
    }
    try syscall("rename \(temporary) to \(path)") { rename(temporary, path.string) }
    let parent = path.removingLastComponent()
    let directory = try OwnedDescriptor(
      path: parent.isEmpty ? "." : parent.string, flags: O_RDONLY | O_DIRECTORY)
    try syscall("flush the directory of \(path) to disk") { fsync(directory.number) }
  }
}
