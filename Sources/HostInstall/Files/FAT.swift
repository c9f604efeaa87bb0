import Glibc
import Linux

/// FAT, the file system of EFI partitions: no modes, no log, and a `rename` over a file that a power cut can leave
/// without either. Names can be exchanged on it since Linux 6.0.
enum FAT {
  /// Whether `path` is on one.
  static func holds(_ path: String) -> Bool {
    // MSDOS_SUPER_MAGIC.
    (try? fileSystemType(of: path)) == 0x4d44
  }

  /// Whether two names lead to the same clusters: so a power cut leaves them that came between the two sectors of an
  /// exchange. Removing one would free what the other needs.
  static func sharesClusters(_ first: String, _ second: String) -> Bool {
    guard let block = firstBlock(of: first), block != 0 else { return false }
    return block == firstBlock(of: second)
  }

  /// Where the file begins on its device (FIBMAP); nil where that cannot be known.
  private static func firstBlock(of path: String) -> Int32? {
    guard let file = try? OwnedDescriptor(path: path, flags: O_RDONLY) else { return nil }
    var block: Int32 = 0
    return ioctl(file.number, 1, &block) == 0 ? block : nil
  }
}
