import Glibc
import Linux
import Synchronization

extension Overlay {
  /// Makes everything written so far outlive this process and a loss of power; nothing to do where the overlay does not.
  ///
  /// First the blocks, then the map that names them: a map must not name what is not there.
  /// - Throws: `failed` the first time something was lost, `lostWrites` ever after.
  public func synchronize() throws(BlockStoreError) {
    guard let file else { return }
    if let errno = lostWritesErrno { throw .lostWrites(path: file.path, errno: errno) }
    do throws(BlockStoreError) {
      try file.flushing.withLock { (_) throws(BlockStoreError) in
        let pages = lock.withLock { _ in file.takeChanges(of: owned) }
        try layer.synchronize()
        guard !pages.isEmpty else { return }
        try file.write(pages, to: layer)
        try layer.synchronize()
      }
    } catch {
      _ = lostErrno.compareExchange(expected: 0, desired: error.errno, ordering: .acquiringAndReleasing)
      throw error
    }
  }
}
