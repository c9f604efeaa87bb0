import CLinux

/// One netlink message (netlink(7)): the header's fields and what follows it.
///
/// Decoding never traps: a message or attribute that claims more bytes than there are ends the list.
struct NetlinkMessage: Hashable, Sendable {
  var type: UInt16
  var flags: UInt16 = 0
  var sequence: UInt32 = 0
  var payload: [UInt8]

  private static let headerLength = 16

  /// The messages of one datagram.
  static func decode(_ bytes: [UInt8]) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    var start = 0
    while let length = integer(UInt32.self, in: bytes, at: start).map({ Int($0) }), length >= headerLength,
      length <= bytes.count - start, let type = integer(UInt16.self, in: bytes, at: start + 4),
      let flags = integer(UInt16.self, in: bytes, at: start + 6),
      let sequence = integer(UInt32.self, in: bytes, at: start + 8)
    {
      messages.append(
        NetlinkMessage(
          type: type, flags: flags, sequence: sequence,
          payload: Array(bytes[(start + headerLength)..<(start + length)])))
      start += aligned(length)
    }
    return messages
  }

  func encode() -> [UInt8] {
    var bytes: [UInt8] = []
    append(UInt32(clamping: Self.headerLength + payload.count), to: &bytes)
    append(type, to: &bytes)
    append(flags, to: &bytes)
    append(sequence, to: &bytes)
    append(UInt32(0), to: &bytes)
    return bytes + payload
  }

  /// The attributes (rtnetlink(7)) that follow a fixed part of the payload; of several of one type the last.
  func attributes(after fixed: Int) -> [UInt16: [UInt8]] {
    var found: [UInt16: [UInt8]] = [:]
    var start = aligned(fixed)
    while let length = integer(UInt16.self, in: payload, at: start).map({ Int($0) }), length >= 4,
      length <= payload.count - start, let type = integer(UInt16.self, in: payload, at: start + 2)
    {
      // The upper two bits flag nesting and byte order.
      found[type & 0x3fff] = Array(payload[(start + 4)..<(start + length)])
      start += aligned(length)
    }
    return found
  }

  mutating func addAttribute(_ type: Int, _ value: [UInt8]) {
    payload += [UInt8](repeating: 0, count: aligned(payload.count) - payload.count)
    append(UInt16(clamping: 4 + value.count), to: &payload)
    append(UInt16(clamping: type), to: &payload)
    payload += value
    payload += [UInt8](repeating: 0, count: aligned(payload.count) - payload.count)
  }
}

/// An integer in the machine's own byte order; nil if it does not lie within `bytes`.
func integer<Value: FixedWidthInteger>(_: Value.Type, in bytes: [UInt8], at offset: Int) -> Value? {
  let size = MemoryLayout<Value>.size
  guard offset >= 0, offset <= bytes.count - size else { return nil }
  return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
}

/// Appends an integer in the machine's own byte order.
func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
  withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
}

private func aligned(_ length: Int) -> Int { (length + 3) & ~3 }
