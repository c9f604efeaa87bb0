import Glibc
import Linux

/// Proof that a file system has room: the space is really allocated once, and given back.
public enum FreeSpace {
  /// Bytes that a non-privileged writer could still use in the file system of `path`.
  public static func available(at path: String) throws(SystemError) -> Int {
    var result = statvfs()
    try syscall("ask for the free space of \(path)") { statvfs(path, &result) }
    return Int(
      clamping: UInt64(result.f_bavail).multipliedReportingOverflow(by: UInt64(result.f_frsize)).partialValue)
  }

  /// Allocates `bytes` in `directory` and frees them again.
  ///
  /// - Throws: `SystemError` with `ENOSPC` when there is not enough. File systems that cannot allocate ahead are judged
  ///   by what they say is free.
  public static func prove(_ bytes: Int, in directory: String) throws(SystemError) {
    let attempt = "find \(bytes >> 20) MiB of free space in \(directory)"
    let descriptor: OwnedDescriptor
    do {
      descriptor = try OwnedDescriptor(path: directory, flags: O_WRONLY | __O_TMPFILE | O_DIRECTORY)
    } catch  where error.errno == EOPNOTSUPP || error.errno == EISDIR || error.errno == EINVAL {
      return try compare(bytes, directory, attempt)
    }
    // Where the file system cannot allocate ahead, glibc writes a byte to each block.
    let code = posix_fallocate(descriptor.number, 0, off_t(bytes))
    guard code == 0 else { throw SystemError(errno: code, attempt: attempt) }
  }

  private static func compare(_ bytes: Int, _ directory: String, _ attempt: String) throws(SystemError) {
    guard try available(at: directory) >= bytes else { throw SystemError(errno: ENOSPC, attempt: attempt) }
  }
}
