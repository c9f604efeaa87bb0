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
    try file.flushing.withLock { (_) throws(BlockStoreError) in
      // Under the lock, as the note of a failure is: the kernel tells only one flush of what was lost.
      if let errno = lostWritesErrno { throw .lostWrites(path: file.path, errno: errno) }
      do throws(BlockStoreError) {
        try flush(file)
      } catch {
        _ = lostErrno.compareExchange(expected: 0, desired: error.errno, ordering: .acquiringAndReleasing)
        throw error
      }
    }
  }

  /// To be called by who holds `flushing`.
  private func flush(_ file: OverlayFile) throws(BlockStoreError) {
    let pages = lock.withLock { _ in file.takeChanges(of: owned) }
    try layer.synchronize()
    guard !pages.isEmpty else { return }
    try file.write(pages, to: layer)
    try layer.synchronize()
  }
}
