import Linux

/// FAT, the file system of EFI partitions: no modes, no log, and a `rename` over a file that a power cut can leave
/// without either. Names can be exchanged on it since Linux 6.0.
enum FAT {
  /// Whether `path` is on one.
  static func holds(_ path: String) -> Bool {
    // MSDOS_SUPER_MAGIC.
    (try? fileSystemType(of: path)) == 0x4d44
  }
}
