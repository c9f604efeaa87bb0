import Glibc
import Linux

/// The exchange of a disc: its image's path names another file than before.
extension BlockStore {
  /// Another image, which has been found to be one, and is locked.
  public final class DiscImage: Sendable {
    fileprivate let descriptor: OwnedDescriptor
    fileprivate let byteCount: UInt64

    fileprivate init(_ descriptor: consuming OwnedDescriptor, byteCount: UInt64) {
      self.descriptor = descriptor
      self.byteCount = byteCount
    }
  }

  /// The image that the path of a disc names now, where that is another one than was opened.
  ///
  /// - Returns: nil where it is the same; a path that names nothing keeps the old image.
  /// - Throws: `inUse`, `notStorage`, `empty`, `cannotOpen`; the old image stays.
  public func otherImage() throws(BlockStoreError) -> DiscImage? {
    guard type == .disc, isFile else { return nil }
    var opened = stat()
    var named = stat()
    guard fstat(descriptor, &opened) == 0, stat(path, &named) == 0 else { return nil }
    guard opened.st_dev != named.st_dev || opened.st_ino != named.st_ino else { return nil }
    let descriptor = try Self.openDescriptor(path, options)
    let medium = try Medium(descriptor, path: path, options: options)
    guard medium.kind == kind else { throw .notStorage(path: path) }
    try Self.lock(descriptor, isBlockDevice: false, path, options)
    return DiscImage(descriptor, byteCount: medium.byteCount)
  }

  /// Puts another image in the place of the one that was opened.
  ///
  /// The descriptor keeps its number: nothing may be reading from it meanwhile, or it might have the beginning of the one
  /// and the end of the other.
  /// - Throws: `cannotOpen`; the old image stays.
  public func exchange(for image: DiscImage) throws(BlockStoreError) {
    let (number, own) = (image.descriptor.number, descriptor)
    do {
      try syscall("exchange \(path)") { dup2(number, own) }
      try syscall("set flags of \(path)") { fcntl(own, F_SETFD, FD_CLOEXEC) }
    } catch { throw .cannotOpen(error) }
    _ = posix_fadvise(own, 0, 0, POSIX_FADV_RANDOM)
    setSize(image.byteCount)
  }
}
