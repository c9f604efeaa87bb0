import CLinux
import Glibc

/// Whether the kernel lets nobody write to a block device (BLKROGET).
///
/// - Throws: `SystemError` of open(2) or ioctl(2).
public func isWriteProtected(_ path: String) throws(SystemError) -> Bool {
  let device = try OwnedDescriptor(path: path, flags: O_RDONLY)
  return try isWriteProtected(device.number, path)
}

/// Lets the kernel refuse writes to a block device, those of its own file systems too, if nobody has claimed it.
///
/// - Returns: whether the device was writable and is not any more; false where it was protected before, or where
///   someone has claimed it, as by mounting it: that one may have to write.
/// - Throws: `SystemError` of open(2) or ioctl(2).
public func protectFromWrites(_ path: String) throws(SystemError) -> Bool {
  guard let device = try openUnclaimed(path) else { return false }
  guard try !isWriteProtected(device.number, path) else { return false }
  try syscall("protect \(path) from writes") { clinux_block_device_set_read_only(device.number, 1) }
  return true
}

/// Takes back what `protectFromWrites` did.
///
/// - Throws: `SystemError` of open(2) or ioctl(2).
public func allowWrites(_ path: String) throws(SystemError) {
  let device = try OwnedDescriptor(path: path, flags: O_RDONLY)
  try syscall("allow writes to \(path) again") { clinux_block_device_set_read_only(device.number, 0) }
}

/// nil for a device that someone has claimed.
private func openUnclaimed(_ path: String) throws(SystemError) -> OwnedDescriptor? {
  do { return try OwnedDescriptor(path: path, flags: O_RDONLY | O_EXCL) } catch {
    guard error.errno == EBUSY else { throw error }
    return nil
  }
}

private func isWriteProtected(_ number: Int32, _ path: String) throws(SystemError) -> Bool {
  var isReadOnly: Int32 = 0
  try syscall("ask whether \(path) is read-only") { clinux_block_device_is_read_only(number, &isReadOnly) }
  return isReadOnly != 0
}
