import CLinux
import Glibc
import Linux
import Synchronization

/// Where an overlay in memory keeps blocks: one beside the other in the order of their first writes, in large pages.
///
/// A block keeps its place for good; of a block that was given back only the memory goes. So whoever reads or writes
/// needs no lock. The first write of a block is different: whoever makes it keeps others from making one at a time.
struct OverlayMemory: ~Copyable, @unchecked Sendable {
  /// Addresses of the regions, 0 while there is none. What follows lies in the same mapping, of which only what is used
  /// takes memory.
  private let regions: UnsafeMutablePointer<Atomic<UInt>>
  /// For each block the number of its place, from 1 on; 0 while it has none.
  private let places: UnsafeMutablePointer<Atomic<UInt32>>
  private let regionCount: Int
  private let mapped: Int
  private let nextPlace = Atomic<UInt32>(1)

  /// Blocks in a region: 64 MiB of addresses, which take memory by large pages as they are used.
  private static let regionBlocks = 16_384
  private static let regionLength = regionBlocks << 12

  /// Makes the tables.
  ///
  /// - Parameter count: blocks of 4 KiB; less than 2^32 (16 TiB).
  static func make(count: Int) throws(SystemError) -> OverlayMemory {
    guard count >= 0, count < UInt32.max else {
      throw SystemError(errno: EFBIG, attempt: "keep \(count) blocks in memory")
    }
    let mapped = regionBytes(count) + count * MemoryLayout<Atomic<UInt32>>.stride
    guard let memory = clinux_map_memory(mapped) else {
      throw SystemError(errno: errno, attempt: "map \(mapped) bytes for an overlay")
    }
    return OverlayMemory(count: count, tables: memory, mapped: mapped)
  }

  private init(count: Int, tables: UnsafeMutableRawPointer, mapped: Int) {
    self.mapped = mapped
    regionCount = Self.regionCount(count)
    regions = tables.bindMemory(to: Atomic<UInt>.self, capacity: regionCount)
    places = (tables + Self.regionBytes(count)).bindMemory(to: Atomic<UInt32>.self, capacity: count)
  }

  private static func regionCount(_ count: Int) -> Int { count / regionBlocks + 1 }
  private static func regionBytes(_ count: Int) -> Int {
    regionCount(count) * MemoryLayout<Atomic<UInt>>.stride
  }

  deinit {
    for index in 0..<regionCount {
      let address = regions[index].load(ordering: .relaxed)
      if let memory = UnsafeMutableRawPointer(bitPattern: address) { munmap(memory, Self.regionLength) }
    }
    munmap(regions, mapped)
  }

  /// Where a block is; nil where nothing was ever written.
  @inline(__always)
  private func place(of block: Int) -> UnsafeMutableRawPointer? {
    let place = Int(places[block].load(ordering: .relaxed)) &- 1
    guard place >= 0 else { return nil }
    let region = regions[place / Self.regionBlocks].load(ordering: .relaxed)
    return UnsafeMutableRawPointer(bitPattern: region).map { $0 + (place % Self.regionBlocks) &<< 12 }
  }

  /// Gives a block its place.
  private func assign(_ block: Int) -> UnsafeMutableRawPointer? {
    let number = nextPlace.load(ordering: .relaxed)
    let index = Int(number - 1) / Self.regionBlocks
    if regions[index].load(ordering: .relaxed) == 0 {
      // Overlays are many and often small: the first region begins with small pages.
      guard let memory = clinux_map_region(Self.regionLength, index == 0 ? 1 : 0) else { return nil }
      regions[index].store(UInt(bitPattern: memory), ordering: .relaxed)
    }
    nextPlace.store(number + 1, ordering: .relaxed)
    places[block].store(number, ordering: .relaxed)
    return place(of: block)
  }

  /// What was never written reads as zeros. The range lies within the blocks.
  @inline(__always)
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) {
    forEachPart(buffer.count, at: offset) { block, start, done, length in
      guard let target = buffer.baseAddress.map({ $0 + done }) else { return true }
      if let place = place(of: block) {
        target.copyMemory(from: place + start, byteCount: length)
      } else {
        target.initializeMemory(as: UInt8.self, repeating: 0, count: length)
      }
      return true
    }
  }

  /// - Returns: false where there was no memory for a block; those before it are written.
  @inline(__always)
  func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) -> Bool {
    forEachPart(buffer.count, at: offset) { block, start, done, length in
      guard let source = buffer.baseAddress.map({ $0 + done }) else { return true }
      guard let place = place(of: block) ?? assign(block) else { return false }
      (place + start).copyMemory(from: source, byteCount: length)
      return true
    }
  }

  /// Gives the memory of whole blocks back; they read as zeros then.
  ///
  /// Their region has small pages from then on: what comes back of a large one takes all of it, whatever the budget says.
  func punch(_ blocks: Range<Int>) throws(SystemError) {
    var next = blocks.lowerBound
    var region = UInt(0)
    while next < blocks.upperBound {
      defer { next += 1 }
      guard let start = place(of: next) else { continue }
      if UInt(bitPattern: start) &- region >= Self.regionLength {
        let number = (Int(places[next].load(ordering: .relaxed)) &- 1) / Self.regionBlocks
        region = regions[number].load(ordering: .relaxed)
        // A kernel without large pages knows nothing to forbid.
        clinux_use_small_pages(UnsafeMutableRawPointer(bitPattern: region), Self.regionLength)
      }
      var length = 4096
      while next + 1 < blocks.upperBound, place(of: next + 1) == start + length {
        length += 4096
        next += 1
      }
      try syscall("give back the memory of \(length) bytes of an overlay") {
        madvise(start, length, MADV_DONTNEED)
      }
    }
  }

  /// The parts of a range that lie in one block each: the block, where in it, how far into the range, how long.
  @inline(__always) @discardableResult
  private func forEachPart(_ length: Int, at offset: UInt64, _ body: (Int, Int, Int, Int) -> Bool) -> Bool {
    var done = 0
    while done < length {
      let position = Int(clamping: offset) &+ done
      let part = min(4096 &- position & 4095, length &- done)
      if !body(position &>> 12, position & 4095, done, part) { return false }
      done &+= part
    }
    return true
  }
}
