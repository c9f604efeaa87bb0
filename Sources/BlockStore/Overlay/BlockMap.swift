import CLinux
import Glibc
import Linux
import Synchronization

/// A bit for each block of a medium, in memory that is only used where bits were set.
///
/// Any thread may look; who changes bits keeps others from doing so at the same time. A bit that is seen set was set
/// after everything that its setter did before.
struct BlockMap: ~Copyable, @unchecked Sendable {
  /// Number of bits.
  let count: Int
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let mapped: Int

  /// Bytes of a page of the map, by which it is kept in files.
  static let pageLength = 4096
  /// Bits in a page.
  static let bitsPerPage = pageLength * 8

  /// A map without a set bit.
  init(count: Int) throws(SystemError) {
    self.count = count
    mapped = max(1, Self.pages(count)) * Self.pageLength
    let memory = clinux_map_memory(mapped)
    guard let memory else { throw SystemError(errno: errno, attempt: "map \(mapped) bytes for a block map") }
    words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: mapped / 8)
  }

  deinit { munmap(UnsafeMutableRawPointer(words), mapped) }

  /// Pages that `count` bits fill.
  static func pages(_ count: Int) -> Int { (count + bitsPerPage - 1) / bitsPerPage }

  /// The bits of `range` in word `index`.
  @inline(__always)
  private func mask(_ index: Int, _ range: Range<Int>) -> UInt64 {
    let start = max(range.lowerBound &- index &* 64, 0)
    let end = min(range.upperBound &- index &* 64, 64)
    return (~0 << UInt64(start)) & (~0 >> UInt64(64 &- end))
  }

  @inline(__always)
  private func indices(_ range: Range<Int>) -> Range<Int> {
    range.lowerBound &>> 6..<(range.upperBound &+ 63) &>> 6
  }

  /// Whether every bit of the range is set.
  @inline(__always)
  func isSet(_ range: Range<Int>) -> Bool {
    for index in indices(range) {
      let mask = mask(index, range)
      if words[index].load(ordering: .acquiring) & mask != mask { return false }
    }
    return true
  }

  /// The bit at the start of the range, and where the first that differs from it is, or the range ends.
  @inline(__always)
  func run(in range: Range<Int>) -> (isSet: Bool, end: Int) {
    guard !range.isEmpty else { return (false, range.upperBound) }
    let first = words[range.lowerBound &>> 6].load(ordering: .acquiring)
    let isSet = first >> UInt64(range.lowerBound & 63) & 1 != 0
    for index in indices(range) {
      let word = words[index].load(ordering: .acquiring)
      let different = (isSet ? ~word : word) & mask(index, range)
      if different != 0 { return (isSet, index &* 64 &+ different.trailingZeroBitCount) }
    }
    return (isSet, range.upperBound)
  }

  /// How many bits of the range are set.
  func setCount(in range: Range<Int>) -> Int {
    indices(range).reduce(0) {
      $0 + (words[$1].load(ordering: .relaxed) & mask($1, range)).nonzeroBitCount
    }
  }

  /// Sets the bits of the range.
  ///
  /// - Returns: how many were clear.
  @discardableResult
  func set(_ range: Range<Int>) -> Int {
    var changed = 0
    for index in indices(range) {
      let mask = mask(index, range)
      changed += (mask & ~words[index].bitwiseOr(mask, ordering: .releasing).oldValue).nonzeroBitCount
    }
    return changed
  }

  /// Clears the bits of the range.
  ///
  /// - Returns: how many were set.
  @discardableResult
  func clear(_ range: Range<Int>) -> Int {
    var changed = 0
    for index in indices(range) {
      let mask = mask(index, range)
      changed += (mask & words[index].bitwiseAnd(~mask, ordering: .releasing).oldValue).nonzeroBitCount
    }
    return changed
  }

  /// The bytes of a page, as they are kept in a file: bit 0 of byte 0 is the first block.
  func page(_ index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(words) + index * Self.pageLength, count: Self.pageLength)
  }
}
