import CUring
import Glibc
import Linux

/// A ring buffer that never wraps: its memory is mapped twice, one copy after the other.
public struct MirroredBuffer: ~Copyable {
  /// Capacity in bytes.
  public let capacity: Int
  private let base: UnsafeMutableRawPointer
  private var head = 0
  private var tail = 0

  /// - Parameter capacity: rounded up to whole pages.
  public init(capacity: Int) throws(SystemError) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = (capacity + page - 1) / page * page
    guard let base = cu_map_mirrored(UInt64(size)) else {
      throw SystemError(errno: errno, attempt: "map a ring buffer of \(size) bytes")
    }
    self.base = base
    self.capacity = size
  }

  deinit { cu_unmap_mirrored(base, UInt64(capacity)) }

  /// Bytes written and not yet consumed.
  @inline(__always) public var count: Int { tail - head }
  /// Bytes that can be written.
  @inline(__always) public var free: Int { capacity - (tail - head) }

  /// What can be consumed, in one piece.
  @inline(__always) public var readable: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base + head, count: tail - head)
  }

  /// Where to write next, in one piece.
  @inline(__always) public var writable: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: base + (tail < capacity ? tail : tail - capacity), count: free)
  }

  /// `count` bytes have been written at the start of `writable`.
  @inline(__always) public mutating func commit(_ count: Int) {
    precondition(count >= 0 && count <= free, "more written to a ring buffer than it has room for")
    tail += count
  }

  /// The first `count` readable bytes are done with.
  @inline(__always) public mutating func consume(_ count: Int) {
    precondition(count >= 0 && count <= tail - head, "more taken from a ring buffer than it holds")
    head += count
    // Both mappings show the same memory: a request that is still under way is not disturbed.
    if head >= capacity {
      head -= capacity
      tail -= capacity
    }
  }

  /// Starts over if empty, so that little data in flight touches few cache lines. Only while no request writes to it.
  @inline(__always) public mutating func rewind() {
    if head == tail {
      head = 0
      tail = 0
    }
  }
}
