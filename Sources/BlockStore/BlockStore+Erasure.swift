import Glibc

extension BlockStore {
  /// Gives the range back to the medium, and makes it read as zeros. What the medium does with what was there before is
  /// its own affair.
  ///
  /// - Throws: `failed`, `readOnly`.
  public func erase(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    do throws(BlockStoreError) {
      try deallocate(offset: offset, length: length)
      // A hole reads as zeros; what a device has discarded may read as anything.
      if kind == .regularFile { return }
    } catch {
      guard error.errno == EOPNOTSUPP else { throw error }
    }
    try zero(offset: offset, length: length)
  }
}
