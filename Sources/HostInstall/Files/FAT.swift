import Glibc
import Linux

/// FAT, the file system of EFI partitions: no modes, no journal, and a `rename` over a file that a power cut can leave
/// without either.
enum FAT {
  /// Whether `path` is on one.
  static func holds(_ path: String) -> Bool {
    // MSDOS_SUPER_MAGIC.
    (try? fileSystemType(of: path)) == 0x4d44
  }

  /// Gives `temporary` the name `path` and removes what had it: both names are there at any moment, each with a whole
  /// file (on FAT since Linux 6.0).
  ///
  /// - Returns: false where the kernel cannot; nothing is done then.
  static func exchange(_ temporary: String, _ path: String) throws(SystemError) -> Bool {
    do {
      try exchangeNames(temporary, path)
    } catch  where error.errno == EINVAL || error.errno == ENOSYS || error.errno == ENOENT {
      return false
    }
    try AtomicFile.flushDirectory(Files.parent(path))
    try syscall("remove \(temporary)") { unlink(temporary) }
    return true
  }
}
