import CLinux
import Glibc
import Linux

/// Writes of which a loss of power leaves all or nothing (RWF_ATOMIC, Linux 6.11), by a descriptor of its own that goes
/// past the page cache.
final class AtomicWriter: Sendable {
  /// Bytes of such a write, a power of two; it begins at a multiple of as many.
  let length: Int
  private let descriptor: OwnedDescriptor

  /// - Returns: nil where the kernel, the file system or the device offers nothing that fits.
  init?(_ descriptor: Int32, blockLength: Int) {
    var (smallest, largest): (UInt32, UInt32) = (0, 0)
    guard clinux_atomic_write_limits(descriptor, &smallest, &largest) == 0,
      let length = Self.length(smallest: Int(smallest), largest: Int(largest), blockLength: blockLength)
    else { return nil }
    let direct = clinux_open_direct(descriptor)
    guard direct >= 0 else { return nil }
    self.length = length
    self.descriptor = OwnedDescriptor(owning: direct)
  }

  /// The length to offer of those that the kernel does, which are powers of two.
  ///
  /// It takes each only at a multiple of itself, and SCSI knows no such rule: only with one length every write that the
  /// limits allow can be done. 16 KiB is the page of the data bases that want it most.
  static func length(smallest: Int, largest: Int, blockLength: Int) -> Int? {
    guard smallest > 0, largest >= smallest, largest >= blockLength, smallest <= limit else { return nil }
    var length = 1
    while length * 2 <= min(largest, preferred) { length *= 2 }
    while length < max(smallest, blockLength) { length *= 2 }
    return length <= min(largest, limit) ? length : nil
  }

  private static let preferred = 16_384
  private static let attempts = 8
  /// What a command can gather.
  private static let limit = 65_536

  /// - Returns: 0 or an errno; nothing has been written then.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool) -> Int32 {
    guard bytes.count == length, let position = off_t(exactly: offset) else { return EINVAL }
    var count = 0
    // EAGAIN: pages of the range could not be dropped just now. It is never written in part, nor by way of the cache.
    for _ in 0..<Self.attempts {
      count = clinux_write_atomically(
        descriptor.number, bytes.baseAddress, bytes.count, position, durable ? 1 : 0)
      if count >= 0 || (errno != EAGAIN && errno != EINTR) { break }
    }
    return count == bytes.count ? 0 : count < 0 ? errno : EIO
  }
}

extension BlockStore {
  /// Writes `atomicWriteLength` bytes at a multiple of as many: a loss of power leaves all or nothing of them.
  ///
  /// Nothing else may write meanwhile: pages that cannot be dropped count as lost.
  /// - Parameter bytes: in memory that begins at a page.
  /// - Throws: `failed`, EOPNOTSUPP where `atomicWriteLength` is 0; `readOnly`; `lostWrites` as of `write`.
  public func writeAtomically(_ bytes: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool)
    throws(BlockStoreError)
  {
    guard mode == .readWrite else { throw .readOnly(path: path) }
    if durable, let errno = lostWritesErrno { throw .lostWrites(path: path, errno: errno) }
    let result = atomicWriter?.write(bytes, at: offset, durable: durable) ?? EOPNOTSUPP
    if result != 0 { throw .failed(SystemError(errno: result, attempt: "write \(path) atomically")) }
  }
}
