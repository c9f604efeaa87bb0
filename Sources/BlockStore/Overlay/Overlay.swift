import Glibc
import Linux
import Synchronization

/// An initiator's own layer over a base that is never written: blocks it wrote come from the layer, all others from
/// the base, whose cache all initiators share.
///
/// Blocks of 4 KiB are copied on their first write. Every operation may be called from any thread. Reads and further
/// writes of a block take no lock; reading and writing allocate nothing.
public final class Overlay: Sendable {
  /// Bytes that are copied, counted and remembered as one.
  public static let blockLength = 4096

  public let base: BlockStore
  /// Name of the initiator whose layer it is.
  public let initiator: String
  /// Size of the base when the overlay was made; it does not follow the base.
  public let byteCount: UInt64

  let layer: OverlayLayer
  /// The file that outlives this process; nil for a layer that ends with it.
  let file: OverlayFile?
  /// Blocks that the layer has, be it as a hole that reads as zeros.
  let owned: BlockMap
  /// Blocks that take up space: a part of `owned`.
  let stored: BlockMap
  let lock: Mutex<FirstWrites>
  /// Bytes that the layer may take, and what all layers may take together.
  let limit: UInt64
  let budget: OverlayBudget?
  let usedBlocks = Atomic<Int>(0)
  let lostErrno = Atomic<Int32>(0)

  /// What the lock of first writes protects.
  struct FirstWrites: ~Copyable, @unchecked Sendable {
    /// A block on its way from the base to the layer.
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Overlay.blockLength, alignment: 4096)
    deinit { block.deallocate() }
  }

  /// An empty overlay, or with a `file` the one that was kept there.
  ///
  /// - Throws: `failed` where there is no memory, or the file cannot be read.
  init(
    base: BlockStore, initiator: String, layer: consuming OverlayLayer, file: OverlayFile? = nil,
    limit: UInt64 = .max, budget: OverlayBudget? = nil
  ) throws(BlockStoreError) {
    self.base = base
    self.initiator = initiator
    byteCount = base.byteCount
    self.layer = layer
    self.file = file
    self.limit = limit
    self.budget = budget
    lock = Mutex(FirstWrites())
    let blocks = Overlay.blockCount(of: byteCount)
    do {
      owned = try BlockMap(count: blocks)
      stored = try BlockMap(count: blocks)
    } catch { throw .failed(error) }
    if let file { usedBlocks.store(try file.load(owned, stored, from: self.layer), ordering: .relaxed) }
  }

  deinit { budget?.giveBack(usedBytes) }

  /// Blocks of a base of that many bytes; the last one may be short.
  static func blockCount(of bytes: UInt64) -> Int { Int(clamping: (bytes + 4095) / 4096) }

  /// Bytes that the layer takes up.
  public var usedBytes: UInt64 {
    UInt64(clamping: usedBlocks.load(ordering: .relaxed)) * UInt64(Overlay.blockLength)
  }

  /// Whether nothing has ever been written to it: all of it is the base.
  public var isEmpty: Bool { owned.run(in: 0..<owned.count) == (false, owned.count) }

  /// Whether it is kept over a restart, so that flushes mean something.
  public var isPersistent: Bool { file != nil }

  /// The errno of the failure that lost acknowledged writes; nil while none was lost.
  public var lostWritesErrno: Int32? {
    let errno = lostErrno.load(ordering: .acquiring)
    return errno == 0 ? nil : errno
  }

  /// What messages call it.
  public var name: String { "the overlay of \(initiator) over \(base.path)" }

  /// The blocks that a range of bytes touches; nil outside the medium.
  @inline(__always)
  func blocks(at offset: UInt64, _ length: Int) -> Range<Int>? {
    guard length >= 0, offset <= byteCount, UInt64(length) <= byteCount &- offset else { return nil }
    return Int(offset &>> 12)..<Int((offset &+ UInt64(length) &+ 4095) &>> 12)
  }
}

// MARK: Reading

extension Overlay {
  /// A part of a range that lies in one piece, in the base or in the layer.
  public struct Piece {
    /// -1 for memory, which is read by `readCached`.
    public let descriptor: Int32
    /// Where it begins in that file.
    public let offset: UInt64
    public let length: Int

    @inline(__always) public var isInMemory: Bool { descriptor < 0 }

    @inline(__always)
    public init(descriptor: Int32, offset: UInt64, length: Int) {
      self.descriptor = descriptor
      self.offset = offset
      self.length = length
    }
  }

  /// Where the first bytes of a range are, as many as lie together; for a ring.
  @inline(__always)
  public func piece(at offset: UInt64, length: Int) -> Piece {
    guard let blocks = blocks(at: offset, length) else {
      return Piece(descriptor: base.descriptor, offset: offset, length: length)
    }
    let run = owned.run(in: blocks)
    let part = min(length, run.end &<< 12 &- Int(offset))
    return run.isSet
      ? Piece(descriptor: layer.descriptor, offset: offset &+ layer.dataOffset, length: part)
      : Piece(descriptor: base.descriptor, offset: offset, length: part)
  }

  /// Reads what can be had without waiting for a medium.
  ///
  /// - Returns: false where not all of it could be had at once: read it with `read` or a ring.
  @inline(__always)
  public func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    guard let blocks = blocks(at: offset, buffer.count) else { return false }
    let run = owned.run(in: blocks)
    if run.end == blocks.upperBound {
      return run.isSet
        ? layer.readCached(into: buffer, at: offset) : base.readCached(into: buffer, at: offset)
    }
    return readMixed(into: buffer, at: offset)
  }

  private func readMixed(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    var done = 0
    while done < buffer.count {
      let position = offset &+ UInt64(done)
      guard let blocks = blocks(at: position, buffer.count - done) else { return false }
      let run = owned.run(in: blocks)
      let end = min(buffer.count, run.end &<< 12 &- Int(offset))
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<end])
      guard run.isSet ? layer.readCached(into: part, at: position) : base.readCached(into: part, at: position)
      else { return false }
      done = end
    }
    return true
  }

  /// Reads the whole of `buffer` from `offset`, waiting for the media.
  ///
  /// - Throws: `failed`; reading past the end is EIO.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    var done = 0
    while done < buffer.count {
      let position = offset &+ UInt64(done)
      guard let blocks = blocks(at: position, buffer.count - done) else {
        throw .failed(SystemError(errno: EIO, attempt: "read past the end of \(name)"))
      }
      let run = owned.run(in: blocks)
      let end = min(buffer.count, run.end &<< 12 &- Int(offset))
      let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<end])
      if run.isSet {
        try layer.read(into: part, at: position)
      } else {
        try base.read(into: part, at: position)
      }
      done = end
    }
  }

  /// Begins to bring what lies in the base into the cache.
  public func prefetch(offset: UInt64, length: UInt64) { base.prefetch(offset: offset, length: length) }
}
