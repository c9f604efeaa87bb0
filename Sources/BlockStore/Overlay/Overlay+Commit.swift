import Linux

extension Overlay {
  /// Writes every block of the layer to the base, and puts it on stable storage there.
  ///
  /// Nobody may use the overlay or the base meanwhile. Carried out twice it does the same: after a failure the layer
  /// has everything still, and a layer in a file says that it has to be committed before it is used again.
  /// - Parameter target: the base, opened for writing.
  func commit(to target: BlockStore) throws(BlockStoreError) {
    try synchronize()
    try file?.markCommitting(layer.descriptor)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer { buffer.deallocate() }
    var block = 0
    while block < owned.count {
      let run = owned.run(in: block..<owned.count)
      if run.isSet { try commit(block..<run.end, to: target, by: buffer) }
      block = run.end
    }
    try target.synchronize()
  }

  private func commit(_ blocks: Range<Int>, to target: BlockStore, by buffer: UnsafeMutableRawBufferPointer)
    throws(BlockStoreError)
  {
    var block = blocks.lowerBound
    while block < blocks.upperBound {
      let run = stored.run(in: block..<blocks.upperBound)
      let offset = UInt64(block) << 12
      let end = min(UInt64(run.end) << 12, byteCount)
      if run.isSet {
        var next = offset
        while next < end {
          let part = UnsafeMutableRawBufferPointer(
            rebasing: buffer[..<Int(min(UInt64(buffer.count), end - next))])
          try layer.read(into: part, at: next)
          try target.write(UnsafeRawBufferPointer(part), at: next, durable: false)
          next += UInt64(part.count)
        }
      } else {
        try target.zero(offset: offset, length: end - offset)
      }
      block = run.end
    }
  }
}
