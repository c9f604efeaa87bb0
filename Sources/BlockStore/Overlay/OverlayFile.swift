import CLinux
import Glibc
import Linux
import Synchronization

/// What makes the file of an overlay outlive this process: its header and its map on the medium.
///
/// The map on the medium only ever names blocks that were stable before, so whatever instant a machine dies at, the
/// file is the overlay as of the last flush, with some of the blocks written since.
final class OverlayFile: Sendable {
  let path: String
  let header: OverlayHeader
  /// The map as it was last written, or is being written by the flush that holds `flushing`.
  private let written: BlockMap
  /// Pages of the map that have changed since.
  private let changed: BlockMap
  /// One flush at a time.
  let flushing = Mutex(())

  init(path: String, header: OverlayHeader) throws(BlockStoreError) {
    self.path = path
    self.header = header
    do {
      written = try BlockMap(count: Overlay.blockCount(of: header.baseLength))
      changed = try BlockMap(count: header.mapPages)
    } catch { throw .failed(error) }
  }

  /// These blocks are in the layer from now on. To be called under the lock of first writes.
  func noteChange(_ blocks: Range<Int>) {
    guard !blocks.isEmpty else { return }
    let bits = BlockMap.bitsPerPage
    changed.set(blocks.lowerBound / bits..<(blocks.upperBound - 1) / bits + 1)
  }

  /// Takes the changed pages of the map, to be written once the blocks they name are stable.
  /// To be called under the lock of first writes, by who holds `flushing`.
  func takeChanges(of owned: borrowing BlockMap) -> [Int] {
    var pages: [Int] = []
    var next = 0
    while next < changed.count {
      let run = changed.run(in: next..<changed.count)
      if run.isSet {
        for page in next..<run.end {
          written.page(page).copyMemory(from: UnsafeRawBufferPointer(owned.page(page)))
        }
        pages.append(contentsOf: next..<run.end)
      }
      next = run.end
    }
    changed.clear(0..<changed.count)
    return pages
  }

  /// Writes pages that `takeChanges` took; not yet stable.
  func write(_ pages: [Int], to layer: borrowing OverlayLayer) throws(BlockStoreError) {
    for page in pages {
      try put(UnsafeRawBufferPointer(written.page(page)), at: mapPosition(page), layer.descriptor)
    }
  }

  /// Reads the map of an existing file, and finds out which of its blocks take up space.
  ///
  /// Blocks that a flush did not get to are given back.
  /// - Returns: how many blocks take up space.
  func load(_ owned: borrowing BlockMap, _ stored: borrowing BlockMap, from layer: borrowing OverlayLayer)
    throws(BlockStoreError) -> Int
  {
    let mapEnd = mapPosition(header.mapPages)
    var next = header.mapOffset
    while let extent = try data(from: next, to: mapEnd, layer.descriptor) {
      let first = Int(extent.lowerBound - header.mapOffset) / BlockMap.pageLength
      let last = Int(extent.upperBound - 1 - header.mapOffset) / BlockMap.pageLength
      for page in first...last { try read(page, into: owned, layer.descriptor) }
      next = mapPosition(last + 1)
    }
    // Bits beyond the end of the base name no blocks.
    owned.clear(owned.count..<header.mapPages * BlockMap.bitsPerPage)
    var used = 0
    next = header.dataOffset
    while let extent = try data(from: next, to: header.fileLength, layer.descriptor) {
      let end = Int((extent.upperBound - header.dataOffset + 4095) >> 12)
      var block = Int((extent.lowerBound - header.dataOffset) >> 12)
      while block < end {
        let run = owned.run(in: block..<end)
        if run.isSet {
          used += stored.set(block..<run.end)
        } else {
          try layer.punch(offset: UInt64(block) << 12, length: UInt64(run.end - block) << 12)
        }
        block = run.end
      }
      next = header.dataOffset + UInt64(end) << 12
    }
    return used
  }

  private func mapPosition(_ page: Int) -> UInt64 { header.mapOffset + UInt64(page * BlockMap.pageLength) }

  private func read(_ page: Int, into owned: borrowing BlockMap, _ descriptor: Int32) throws(BlockStoreError)
  {
    let memory = owned.page(page)
    do throws(SystemError) {
      let count = try syscall("read \(path)") {
        pread(descriptor, memory.baseAddress, memory.count, off_t(clamping: mapPosition(page)))
      }
      guard count == memory.count else { throw SystemError(errno: EIO, attempt: "read \(path)") }
    } catch { throw .failed(error) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, _ descriptor: Int32)
    throws(BlockStoreError)
  {
    do throws(SystemError) {
      let count = try syscall("write \(path)") {
        pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(clamping: offset))
      }
      guard count == bytes.count else { throw SystemError(errno: ENOSPC, attempt: "write \(path)") }
    } catch { throw .failed(error) }
  }

  /// The next piece of the file that is not a hole; nil where there is none before `end`.
  private func data(from start: UInt64, to end: UInt64, _ descriptor: Int32) throws(BlockStoreError)
    -> Range<UInt64>?
  {
    guard start < end else { return nil }
    do {
      let first = try syscall("read \(path)") { clinux_next_data(descriptor, off_t(clamping: start)) }
      guard UInt64(first) < end else { return nil }
      let last = try syscall("read \(path)") { clinux_next_hole(descriptor, first) }
      return UInt64(first)..<min(UInt64(last), end)
    } catch {
      if error.errno == ENXIO { return nil }
      throw .failed(error)
    }
  }
}
