/// The part of the kernel's FUSE protocol (include/uapi/linux/fuse.h, 7.31) that a file system of one file needs.
enum FUSE {
  static let headerLength = 40
  static let replyHeaderLength = 16
  /// Longest write that we ask for.
  static let longestWrite = 1 << 20
  static let rootNode: UInt64 = 1
  static let diskNode: UInt64 = 2
  static let diskName = "disk"

  enum Operation: UInt32 {
    case lookup = 1
    case forget, getattr, setattr
    case open = 14
    case read, write, statfs
    case release = 18
    case fsync = 20
    case flush = 25
    case initialize, opendir
    case releasedir = 29
    case interrupt = 36
    case destroy = 38
    case batchForget = 42
  }

  /// Numbers in the machine's own byte order, one after the other.
  struct Encoder {
    private(set) var bytes: [UInt8] = []

    mutating func add<Number: FixedWidthInteger>(_ numbers: Number...) {
      for number in numbers { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) } }
    }
  }

  /// Header of a request; the numbers that follow it are read by offset.
  struct Request {
    let operation: UInt32
    let unique: UInt64
    let node: UInt64
    /// What follows the header.
    let body: UnsafeRawBufferPointer

    init?(_ bytes: UnsafeRawBufferPointer) {
      guard bytes.count >= headerLength else { return nil }
      operation = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
      unique = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      node = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
      body = UnsafeRawBufferPointer(rebasing: bytes[headerLength...])
    }

    func number<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: Number.Type) -> Number {
      offset + MemoryLayout<Number>.size <= body.count
        ? body.loadUnaligned(fromByteOffset: offset, as: type) : 0
    }
  }

  static func reply(to unique: UInt64, errno: Int32 = 0, _ body: [UInt8] = []) -> [UInt8] {
    var encoder = Encoder()
    encoder.add(UInt32(replyHeaderLength + body.count))
    encoder.add(-errno)
    encoder.add(unique)
    return encoder.bytes + body
  }

  /// fuse_init_out: dirty pages stay in the kernel's cache until it writes them back, as on a disk's file system.
  static var capabilities: [UInt8] {
    let asyncRead: UInt32 = 1 << 0
    let bigWrites: UInt32 = 1 << 5
    let writebackCache: UInt32 = 1 << 16
    let maxPages: UInt32 = 1 << 22
    var encoder = Encoder()
    encoder.add(UInt32(7), 31, 0, asyncRead | bigWrites | writebackCache | maxPages)
    encoder.add(UInt16(16), 12)
    encoder.add(UInt32(longestWrite), 1)
    encoder.add(UInt16(longestWrite / 4096), 0)
    encoder.add(UInt64(0), 0, 0, 0)
    return encoder.bytes
  }

  /// fuse_attr of the directory or of the file in it.
  static func attributes(of node: UInt64, bytes: Int) -> [UInt8] {
    let isDisk = node == diskNode
    var encoder = Encoder()
    encoder.add(node, UInt64(isDisk ? bytes : 0), UInt64(isDisk ? bytes / 512 : 0), 0, 0, 0)
    encoder.add(UInt32(0), 0, 0, isDisk ? 0o100600 : 0o040700, isDisk ? 1 : 2, 0, 0, 0, 4096, 0)
    return encoder.bytes
  }
}
