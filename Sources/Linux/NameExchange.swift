import CLinux

/// Lets two files of one directory or file system swap their names at once: at no moment is one of the names missing.
///
/// - Throws: `SystemError`; `EINVAL` where the file system cannot (FAT before Linux 6.0), `ENOENT` when one is missing.
public func exchangeNames(_ first: String, _ second: String) throws(SystemError) {
  try syscall("exchange the names of \(first) and \(second)") { clinux_exchange(first, second) }
}
