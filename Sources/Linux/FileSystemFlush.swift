import CLinux
import Glibc

/// Writes everything that is still in memory of the file system that holds `path`.
///
/// - Throws: `SystemError` of open(2) or syncfs(2).
public func flushFileSystem(of path: String) throws(SystemError) {
  let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
  try syscall("flush the file system of \(path)") { clinux_syncfs(file.number) }
}

/// Number of the type of the file system that holds `path` (linux/magic.h).
///
/// - Throws: `SystemError` of statfs(2).
public func fileSystemType(of path: String) throws(SystemError) -> Int {
  try syscall("look at the file system of \(path)") { clinux_file_system_type(path) }
}
