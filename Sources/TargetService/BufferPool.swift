/// Buffers of a ring thread, reused by size: nothing is allocated once a load has warmed up.
struct BufferPool: ~Copyable {
  /// Buffers that are kept for reuse, per size.
  private static let kept = 32
  private static let sizes = [4096, 65_536, 262_144, 1_048_576]
  private var free: [[UnsafeMutableRawPointer]]

  init() { free = Self.sizes.map { _ in [] } }

  deinit { for buffers in free { for buffer in buffers { buffer.deallocate() } } }

  /// A buffer of at least `length` bytes, aligned to pages.
  mutating func take(_ length: Int) -> UnsafeMutableRawBufferPointer {
    guard let sizeClass = Self.sizes.firstIndex(where: { $0 >= length }) else {
      return .allocate(byteCount: length, alignment: 4096)
    }
    let size = Self.sizes[sizeClass]
    if let buffer = free[sizeClass].popLast() {
      return UnsafeMutableRawBufferPointer(start: buffer, count: size)
    }
    return .allocate(byteCount: size, alignment: 4096)
  }

  /// Takes back a buffer that `take` gave.
  mutating func give(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { return }
    guard let sizeClass = Self.sizes.firstIndex(of: buffer.count), free[sizeClass].count < Self.kept else {
      base.deallocate()
      return
    }
    free[sizeClass].append(base)
  }
}
