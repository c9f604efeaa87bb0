import Glibc
import Linux
import Synchronization

extension Overlay {
  /// Writes the whole of `buffer` at `offset` into the layer.
  ///
  /// - Throws: `failed`, with ENOSPC where the overlay is full: nothing was written then.
  public func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    guard let blocks = blocks(at: offset, buffer.count) else {
      throw .failed(SystemError(errno: EINVAL, attempt: "write past the end of \(name)"))
    }
    if stored.isSet(blocks) {
      try layer.write(buffer, at: offset)
      // Deallocated on another thread meanwhile, they count anew below.
      if stored.isSet(blocks) { return }
    }
    try lock.withLock { (state) throws(BlockStoreError) in
      try writeFirst(buffer, at: offset, blocks, state.block)
    }
  }

  /// Whether a write waits for no medium: whole blocks, into memory.
  @inline(__always)
  public func writesAtOnce(_ length: Int, at offset: UInt64) -> Bool {
    layer.isMemory && (offset | UInt64(bitPattern: Int64(length))) & 4095 == 0
  }

  /// Writes blocks that the layer has no room for yet.
  private func writeFirst(
    _ buffer: UnsafeRawBufferPointer, at offset: UInt64, _ blocks: Range<Int>,
    _ block: UnsafeMutableRawBufferPointer
  ) throws(BlockStoreError) {
    let added = blocks.count - stored.setCount(in: blocks)
    try reserve(added)
    do throws(BlockStoreError) {
      // Blocks that are written in part keep the rest of the base's. Readers see the base until all is in place.
      let end = offset + UInt64(buffer.count)
      if offset & 4095 != 0 { try copyUp(blocks.lowerBound, block) }
      if end & 4095 != 0, end < byteCount, blocks.count > 1 || offset & 4095 == 0 {
        try copyUp(blocks.upperBound - 1, block)
      }
      try layer.write(buffer, at: offset)
    } catch {
      giveBack(added)
      throw error
    }
    stored.set(blocks)
    owned.set(blocks)
    file?.noteChange(blocks)
  }

  /// Copies a block that only the base has into the layer, where nobody sees it yet.
  private func copyUp(_ index: Int, _ block: UnsafeMutableRawBufferPointer) throws(BlockStoreError) {
    guard !owned.isSet(index..<index + 1) else { return }
    let offset = UInt64(index) << 12
    let length = Int(min(UInt64(Overlay.blockLength), byteCount - offset))
    let part = UnsafeMutableRawBufferPointer(rebasing: block[..<length])
    try base.read(into: part, at: offset)
    try layer.write(UnsafeRawBufferPointer(part), at: offset)
  }

  private func reserve(_ blocks: Int) throws(BlockStoreError) {
    guard blocks > 0 else { return }
    let bytes = UInt64(blocks) << 12
    let used = usedBytes
    guard used <= limit, bytes <= limit - used, budget?.take(bytes) ?? true else {
      throw .failed(SystemError(errno: ENOSPC, attempt: "write to \(name): it is full"))
    }
    usedBlocks.wrappingAdd(blocks, ordering: .relaxed)
  }

  private func giveBack(_ blocks: Int) {
    usedBlocks.wrappingSubtract(blocks, ordering: .relaxed)
    budget?.giveBack(UInt64(blocks) << 12)
  }
}

extension Overlay {
  /// Blocks that are zeroed before others get a turn: 16 MiB.
  private static let zeroedAtOnce = 4096

  /// Makes the range read as zeros and gives back the space it took.
  public func zero(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    guard let count = Int(exactly: length), blocks(at: offset, count) != nil else {
      throw .failed(SystemError(errno: EINVAL, attempt: "zero blocks past the end of \(name)"))
    }
    let end = offset + length
    // The last block of the medium may be short: it is whole all the same.
    let firstWhole = Int((offset + 4095) >> 12)
    let lastWhole = end == byteCount ? owned.count : Int(end >> 12)
    guard firstWhole < lastWhole else { return try writeZeros(from: offset, to: end) }
    try writeZeros(from: offset, to: UInt64(firstWhole) << 12)
    var next = firstWhole
    while next < lastWhole {
      let part = next..<min(next + Self.zeroedAtOnce, lastWhole)
      try lock.withLock { (_) throws(BlockStoreError) in try punch(part) }
      next = part.upperBound
    }
    if UInt64(lastWhole) << 12 < end { try writeZeros(from: UInt64(lastWhole) << 12, to: end) }
  }

  private func punch(_ blocks: Range<Int>) throws(BlockStoreError) {
    giveBack(stored.clear(blocks))
    try layer.punch(offset: UInt64(blocks.lowerBound) << 12, length: UInt64(blocks.count) << 12)
    owned.set(blocks)
    file?.noteChange(blocks)
  }

  /// Parts of blocks only: less than 8 KiB.
  private func writeZeros(from start: UInt64, to end: UInt64) throws(BlockStoreError) {
    guard start < end else { return }
    let zeros = [UInt8](repeating: 0, count: Int(end - start))
    let failure = zeros.withUnsafeBytes { bytes -> BlockStoreError? in
      do throws(BlockStoreError) {
        try write(bytes, at: start)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }
}
