/// Builds parameter data, big-endian, in a memory of fixed size.
///
/// What does not fit is counted but not written, so length fields stay true for data that is cut off (SPC-4 4.2.5.6).
struct ParameterData {
  private let buffer: UnsafeMutableRawBufferPointer
  /// Bytes appended, whether they fitted or not.
  private(set) var length = 0

  init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

  mutating func append(_ byte: UInt8) {
    if length < buffer.count { buffer[length] = byte }
    length += 1
  }

  /// Big-endian.
  mutating func append<Value: FixedWidthInteger & UnsignedInteger>(_ value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> Value(shift)))
    }
  }

  mutating func append(zeros count: Int) {
    for _ in 0..<max(0, count) { append(0) }
  }

  mutating func append(contentsOf bytes: some Sequence<UInt8>) {
    for byte in bytes { append(byte) }
  }

  /// Left-aligned ASCII, padded with blanks and cut to `width`; what is not printable becomes a blank (SPC-4 4.4.1).
  mutating func append(ascii text: String, width: Int) {
    var left = max(0, width)
    for byte in text.utf8.prefix(left) {
      append((0x20...0x7E).contains(byte) ? byte : 0x20)
      left -= 1
    }
    for _ in 0..<left { append(0x20) }
  }

  /// Overwrites what was appended before.
  mutating func patch(_ value: UInt8, at offset: Int) {
    if offset >= 0, offset < min(length, buffer.count) { buffer[offset] = value }
  }

  mutating func patch(_ value: UInt16, at offset: Int) {
    patch(UInt8(truncatingIfNeeded: value >> 8), at: offset)
    patch(UInt8(truncatingIfNeeded: value), at: offset + 1)
  }

  mutating func patch(_ value: UInt32, at offset: Int) {
    patch(UInt16(truncatingIfNeeded: value >> 16), at: offset)
    patch(UInt16(truncatingIfNeeded: value), at: offset + 2)
  }
}

extension UnsafeRawBufferPointer {
  /// Big-endian value at `offset`, nil where the buffer ends before it does.
  func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value? {
    guard offset >= 0, offset <= count - MemoryLayout<Value>.size else { return nil }
    return Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
