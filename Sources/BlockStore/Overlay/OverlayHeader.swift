/// The first 4 KiB of a file that keeps an overlay: whose it is, over what, and where its parts are.
///
/// All numbers are little-endian. Behind the header lies the map, a bit for each block that the layer has; then, at a
/// multiple of 1 MiB, the blocks, each at its place of the base.
struct OverlayHeader: Hashable, Sendable {
  enum State: UInt32, Sendable {
    case inUse = 1
    /// The base has some of its blocks: only carrying on with the commit makes a whole of it.
    case committing = 2
  }

  var state = State.inUse
  /// Number of the logical unit.
  var lun: Int
  var initiator: String
  /// Serial number of the base.
  var serialNumber: String
  /// Bytes of the base.
  var baseLength: UInt64
  /// When the content of a base that is a file was changed last, in nanoseconds since 1970; 0 for a device.
  var baseModification: Int64

  static let length = 4096
  private static let magic = Array("RDOVRLAY".utf8)
  private static let version: UInt32 = 1
  private static let textOffset = 48
  private static let checksumOffset = length - 8

  var mapOffset: UInt64 { UInt64(Self.length) }
  var mapPages: Int { BlockMap.pages(Overlay.blockCount(of: baseLength)) }
  /// Where the blocks begin.
  var dataOffset: UInt64 {
    let end = mapOffset + UInt64(mapPages * BlockMap.pageLength)
    return (end + 0xF_FFFF) / 0x10_0000 * 0x10_0000
  }
  /// Length of the whole file.
  var fileLength: UInt64 {
    dataOffset + UInt64(Overlay.blockCount(of: baseLength)) * UInt64(Overlay.blockLength)
  }

  var encoded: [UInt8] {
    let serial = Array(serialNumber.utf8.prefix(255))
    let name = Array(initiator.utf8.prefix(1024))
    var bytes = [UInt8](repeating: 0, count: Self.length)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.put(Self.version, at: 8)
    bytes.put(UInt32(Overlay.blockLength), at: 12)
    bytes.put(baseLength, at: 16)
    bytes.put(baseModification, at: 24)
    bytes.put(state.rawValue, at: 32)
    bytes.put(UInt32(truncatingIfNeeded: lun), at: 36)
    bytes.put(UInt32(truncatingIfNeeded: serial.count), at: 40)
    bytes.put(UInt32(truncatingIfNeeded: name.count), at: 44)
    bytes.replaceSubrange(Self.textOffset..<Self.textOffset + serial.count + name.count, with: serial + name)
    bytes.put(Self.checksum(bytes), at: Self.checksumOffset)
    return bytes
  }

  /// Reads a header.
  ///
  /// - Throws: `HeaderProblem`, in words for a person.
  static func decode(_ bytes: [UInt8]) throws(HeaderProblem) -> OverlayHeader {
    guard bytes.count == length, bytes.starts(with: magic) else {
      throw HeaderProblem("it is not an overlay; move it away")
    }
    guard bytes.get(UInt64.self, at: checksumOffset) == checksum(bytes) else {
      throw HeaderProblem("its header is damaged")
    }
    guard bytes.get(UInt32.self, at: 8) == version,
      bytes.get(UInt32.self, at: 12) == UInt32(Overlay.blockLength),
      let state = State(rawValue: bytes.get(UInt32.self, at: 32))
    else { throw HeaderProblem("it was written by another version") }
    let serial = Int(bytes.get(UInt32.self, at: 40))
    let name = Int(bytes.get(UInt32.self, at: 44))
    let baseLength = bytes.get(UInt64.self, at: 16)
    guard serial <= 255, name <= 1024, baseLength <= UInt64(Int64.max) / 2 else {
      throw HeaderProblem("its header is damaged")
    }
    let text = bytes[textOffset...]
    return OverlayHeader(
      state: state, lun: Int(bytes.get(UInt32.self, at: 36)),
      initiator: String(decoding: text.dropFirst(serial).prefix(name), as: UTF8.self),
      serialNumber: String(decoding: text.prefix(serial), as: UTF8.self), baseLength: baseLength,
      baseModification: bytes.get(Int64.self, at: 24))
  }

  /// Why this overlay cannot be used as the `expected` one; nil where it can.
  func mismatch(with expected: OverlayHeader) -> HeaderProblem? {
    if state == .committing {
      return HeaderProblem("committing it was interrupted; carry on with 'ramdiskd overlay commit'")
    }
    if initiator != expected.initiator || lun != expected.lun {
      return HeaderProblem("it belongs to \(initiator), LUN \(lun)")
    }
    if serialNumber != expected.serialNumber {
      return HeaderProblem("it was made over another disk (serial number \(serialNumber))")
    }
    if baseLength != expected.baseLength {
      return HeaderProblem(
        "it was made over a disk of \(baseLength) bytes, which has \(expected.baseLength) now")
    }
    if baseModification != expected.baseModification {
      return HeaderProblem(
        "the disk was written to after it was made, so the two do not fit together any more")
    }
    return nil
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt64 {
    bytes[..<checksumOffset].reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

/// What is wrong with the file of an overlay.
struct HeaderProblem: Error, Hashable, Sendable {
  let text: String
  init(_ text: String) { self.text = text }
}

extension [UInt8] {
  fileprivate mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    for index in 0..<MemoryLayout<Value>.size {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> Value(8 * index))
    }
  }

  fileprivate func get<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
    (0..<MemoryLayout<Value>.size).reduce(0) { $0 | Value(self[offset + $1]) << Value(8 * $1) }
  }
}
