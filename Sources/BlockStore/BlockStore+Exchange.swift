import Glibc
import Linux

/// The exchange of a disc: its image's path names another file than before.
extension BlockStore {
  /// Puts the image that the path names now in the place of the one that was opened.
  ///
  /// The descriptor keeps its number: what is being read from the old image is still read from there, the next read is
  /// from the new one. A path that names nothing keeps the old image.
  ///
  /// - Returns: whether there is another image, or another length of it.
  /// - Throws: `inUse`, `notStorage`, `empty`, `cannotOpen`; the old image stays.
  func exchange() throws(BlockStoreError) -> Bool {
    guard type == .disc, isFile else { return false }
    var opened = stat()
    var named = stat()
    guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0 else { return false }
    guard opened.st_dev != named.st_dev || opened.st_ino != named.st_ino else { return false }
    let descriptor = try Self.openDescriptor(path, options)
    let medium = try Medium(descriptor, path: path, options: options)
    guard medium.kind == kind else { throw .notStorage(path: path) }
    try Self.lock(descriptor, isBlockDevice: false, path, options)
    let (number, own) = (descriptor.number, self.descriptor)
    do {
      try syscall("exchange \(path)") { dup2(number, own) }
      try syscall("set flags of \(path)") { fcntl(own, F_SETFD, FD_CLOEXEC) }
    } catch { throw .cannotOpen(error) }
    _ = posix_fadvise(own, 0, 0, POSIX_FADV_RANDOM)
    setSize(medium.byteCount)
    return true
  }
}
