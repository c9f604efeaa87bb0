import Glibc
import Linux

extension BlockStore {
  /// Opens the path, claiming a block device for ourselves unless told otherwise.
  static func openDescriptor(_ path: String, _ options: BlockStoreOptions) throws(BlockStoreError)
    -> OwnedDescriptor
  {
    var status = stat()
    do {
      try syscall("find \(path)") { stat(path, &status) }
    } catch { throw .cannotOpen(error) }
    var flags = (options.mode == .readWrite ? O_RDWR : O_RDONLY) | O_NONBLOCK
    // On a block device O_EXCL without O_CREAT fails while it is mounted or held, whole or in part (open(2)).
    let claims = status.st_mode & S_IFMT == S_IFBLK && !isShared(path, options)
    if claims { flags |= O_EXCL }
    do {
      let descriptor = try OwnedDescriptor(path: path, flags: flags)
      // Not to wait was meant for opening: io_uring before Linux 6.5 would give EAGAIN back for it instead of waiting.
      let number = descriptor.number
      try syscall("set flags of \(path)") { fcntl(number, F_SETFL, 0) }
      return descriptor
    } catch {
      switch error.errno {
      case EBUSY where claims: throw .inUse(path: path, by: MediumHolders.describe(status.st_rdev))
      case EROFS,
        EACCES where options.mode == .readWrite && isReadable(path):
        throw .readOnly(path: path)
      default: throw .cannotOpen(error)
      }
    }
  }

  /// Takes a BSD lock, shared for readers: it keeps a second target away, and udev from probing while we write.
  /// A device that is locked is tried for two seconds.
  static func lock(
    _ descriptor: borrowing OwnedDescriptor, isBlockDevice: Bool, _ path: String, _ options: BlockStoreOptions
  ) throws(BlockStoreError) {
    guard !isShared(path, options) else { return }
    let operation = options.mode == .readWrite ? LOCK_EX : LOCK_SH
    let number = descriptor.number
    do {
      // udev probes a device after every close by a writer.
      try lockFile(number, operation, path: path, patience: isBlockDevice ? .seconds(2) : .zero)
    } catch {
      guard error.errno == EWOULDBLOCK else { throw .cannotOpen(error) }
      throw .inUse(path: path, by: ["another program has locked it"])
    }
  }

  private static func isShared(_ path: String, _ options: BlockStoreOptions) -> Bool {
    options.claim == .sharedDespiteOthers(confirmedPath: path)
  }

  private static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
}
