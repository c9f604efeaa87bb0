import CLinux
import Glibc

/// Brings everything that was written to the file system of `path` to where a reader finds it that does not replay the
/// file system's log: a boot loader.
///
/// Flushing is not enough for that on file systems with a log: what is flushed may be in the log only. Freezing empties
/// it. Where that is not allowed or not possible, flushing has to do.
///
/// - Throws: `SystemError` of open(2) or syncfs(2).
public func settleFileSystem(of path: String) throws(SystemError) {
  let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
  try syscall("flush the file system of \(path)") { clinux_syncfs(file.number) }
  guard try fileSystemsWithLog.contains(fileSystemType(of: path)) else { return }
  do {
    try syscall("freeze the file system of \(path)") { clinux_freeze_cycle(file.number) }
  } catch  where [EOPNOTSUPP, ENOTTY, EPERM, EBUSY, EAGAIN, ENOMEM, ECHILD].contains(error.errno) {}
}

/// ext3 and ext4, XFS, JFS (linux/magic.h, fs/jfs/jfs_superblock.h): boot loaders read them without their logs. btrfs
/// needs no more than the flush, which ends its transaction; FAT has no log.
private let fileSystemsWithLog: Set<Int> = [0xEF53, 0x5846_5342, 0x3153_464a]
