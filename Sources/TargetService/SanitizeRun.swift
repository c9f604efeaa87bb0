import BlockStore
import Glibc
import Linux
import SCSI

/// A sanitize operation on its way through a medium: one piece after the other on helper threads, so that nobody else has
/// to wait for more than a piece.
struct SanitizeRun: Sendable {
  let store: BlockStore
  let operation: SanitizeOperation
  /// Bytes of the medium when it began.
  private let byteCount: UInt64
  /// The pass that is under way, and how far it is.
  private(set) var pass = 0
  private(set) var position: UInt64 = 0
  /// What is not on stable storage yet.
  private var unflushed: UInt64 = 0
  /// Copies of the block that the pass writes.
  private var blocks: [UInt8]

  /// Bytes written at a time: each piece takes tens of milliseconds on a disk.
  private static let written = 4 << 20
  /// Bytes erased at a time; where that means to write zeros it is the kernel that does.
  private static let erased = 64 << 20
  /// More than this is not left to the page cache, where it would slow all others down.
  private static let unflushedLimit: UInt64 = 64 << 20

  init(_ operation: SanitizeOperation, on store: BlockStore) {
    self.store = store
    self.operation = operation
    byteCount = store.byteCount
    blocks = Self.blocks(of: operation, pass: 0)
  }

  private static func blocks(of operation: SanitizeOperation, pass: Int) -> [UInt8] {
    let block = operation.block(ofPass: pass)
    guard !block.isEmpty else { return [] }
    return [UInt8](unsafeUninitializedCapacity: written) { buffer, count in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      block.withUnsafeBytes { block in
        for start in stride(from: 0, through: written - block.count, by: block.count) {
          UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + block.count]).copyMemory(from: block)
        }
      }
      count = written
    }
  }

  /// How far it is, in 65536ths.
  var progress: UInt16 {
    let share = Double(position) / Double(max(1, byteCount))
    return UInt16(clamping: Int((Double(pass) + min(1, share)) / Double(operation.passes) * 65536))
  }

  /// Carries out the next piece.
  ///
  /// - Returns: false where that was the last one: all of it is on stable storage.
  mutating func advance() throws(BlockStoreError) -> Bool {
    // Gone, or another one: what it held is not erased.
    guard store.byteCount == byteCount else {
      throw .failed(
        SystemError(errno: EIO, attempt: "sanitize \(store.path), whose size has changed meanwhile"))
    }
    let left = byteCount - min(position, byteCount)
    if left > 0 {
      let length = min(left, UInt64(operation.pattern == nil ? Self.erased : blocks.count))
      if operation.pattern == nil {
        try store.erase(offset: position, length: length)
      } else {
        try write(Int(length))
      }
      position += length
      unflushed += length
    }
    let isPassDone = position >= byteCount
    // Passes that met in the page cache would be one.
    if isPassDone || unflushed >= Self.unflushedLimit {
      try store.synchronize()
      unflushed = 0
    }
    if isPassDone {
      pass += 1
      if pass >= operation.passes { return false }
      position = 0
      blocks = Self.blocks(of: operation, pass: pass)
    }
    return true
  }

  private func write(_ length: Int) throws(BlockStoreError) {
    let failure = blocks.withUnsafeBytes { bytes -> BlockStoreError? in
      do throws(BlockStoreError) {
        try store.write(UnsafeRawBufferPointer(rebasing: bytes[..<length]), at: position, durable: false)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }
}
