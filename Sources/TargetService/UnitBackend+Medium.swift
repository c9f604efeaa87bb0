import BlockStore

/// What sessions do with the blocks of a unit, wherever they are.
extension UnitBackend {
  /// Reads what can be had without waiting for a medium.
  @inline(__always)
  func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    if let overlay { return overlay.readCached(into: buffer, at: offset) }
    return store.readCached(into: buffer, at: offset)
  }

  /// Where the first of `length` bytes from `offset` on are, for a ring to read.
  @inline(__always)
  func piece(at offset: UInt64, length: Int) -> Overlay.Piece {
    if let overlay { return overlay.piece(at: offset, length: length) }
    return Overlay.Piece(descriptor: store.descriptor, offset: offset, length: length)
  }

  /// Writes at once; not yet stable.
  @inline(__always)
  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    if let overlay { return try overlay.write(bytes, at: offset) }
    try store.write(bytes, at: offset, durable: false)
  }

  /// Whether a write now would probably make the thread wait for a medium.
  @inline(__always)
  func makesWait(_ length: Int, at offset: UInt64, now: UInt64) -> Bool {
    isSlow(at: now) && overlay?.writesAtOnce(length, at: offset) != true
  }

  func prefetch(offset: UInt64, length: UInt64) {
    if let overlay { return overlay.prefetch(offset: offset, length: length) }
    store.prefetch(offset: offset, length: length)
  }

  func zero(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    if let overlay { return try overlay.zero(offset: offset, length: length) }
    try store.zero(offset: offset, length: length)
  }

  /// Gives blocks back. Those of an overlay read as zeros then, whatever the base has there.
  func deallocate(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    if let overlay { return try overlay.zero(offset: offset, length: length) }
    try store.deallocate(offset: offset, length: length)
  }

  /// What is at `offset`, and how far that goes; nil at the end. It may block.
  func provisioning(at offset: UInt64) -> ProvisioningRun? {
    if let overlay { return overlay.provisioning(at: offset) }
    return store.provisioning(at: offset)
  }

  /// Whether there is stable storage that a flush could reach: an overlay that ends with this process has none.
  var hasStableStorage: Bool { overlay?.isPersistent ?? true }

  /// The errno of the failure that lost acknowledged writes.
  var lostWritesErrno: Int32? {
    if let overlay { return overlay.lostWritesErrno }
    return store.lostWritesErrno
  }

  /// A flush through the ring failed; an overlay flushes itself, and remembers.
  func noteFailedFlush(errno: Int32) {
    if overlay == nil { store.noteFailedFlush(errno: errno) }
  }
}
