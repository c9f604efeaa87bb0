import Linux

/// An IPv4 packet with UDP in it, for interfaces that have no address yet (RFC 791, RFC 768).
struct IPv4UDPPacket: Hashable, Sendable {
  private static let headerLength = 20
  private static let udpHeaderLength = 8
  private static let udp: UInt8 = 17

  var source: IPv4Address
  var sourcePort: UInt16
  var destination: IPv4Address
  var destinationPort: UInt16
  var payload: [UInt8]

  init(
    source: IPv4Address, sourcePort: UInt16, destination: IPv4Address, destinationPort: UInt16,
    payload: [UInt8]
  ) {
    self.source = source
    self.sourcePort = sourcePort
    self.destination = destination
    self.destinationPort = destinationPort
    self.payload = payload
  }

  /// nil for anything else, cut off, or a fragment.
  ///
  /// Checksums are not looked at: the kernel hands over packets of a virtual link before they are computed.
  init?(decoding bytes: [UInt8]) {
    guard bytes.count >= IPv4UDPPacket.headerLength, bytes[0] >> 4 == 4, bytes[9] == IPv4UDPPacket.udp else {
      return nil
    }
    func number(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
    let start = Int(bytes[0] & 15) * 4
    guard number(6) & 0x3fff == 0, start >= IPv4UDPPacket.headerLength,
      bytes.count >= start + IPv4UDPPacket.udpHeaderLength
    else { return nil }
    let length = Int(number(start + 4))
    guard length >= IPv4UDPPacket.udpHeaderLength, start + length <= bytes.count else { return nil }
    source = IPv4Address(bytes: bytes[12..<16]) ?? .any
    destination = IPv4Address(bytes: bytes[16..<20]) ?? .any
    sourcePort = number(start)
    destinationPort = number(start + 2)
    payload = Array(bytes[(start + IPv4UDPPacket.udpHeaderLength)..<(start + length)])
  }

  /// The packet with its checksums; `payload` must fit an Ethernet frame.
  func encoded() -> [UInt8] {
    func bytes(_ number: Int) -> [UInt8] {
      [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }
    let length = IPv4UDPPacket.udpHeaderLength + payload.count
    let addresses = source.bytes + destination.bytes
    var header: [UInt8] = [0x45, 0] + bytes(IPv4UDPPacket.headerLength + length)
    header += [0, 0, 0x40, 0, 64, IPv4UDPPacket.udp]
    let headerSum = IPv4UDPPacket.checksum(header + addresses)
    var datagram = bytes(Int(sourcePort)) + bytes(Int(destinationPort)) + bytes(length)
    let sum = IPv4UDPPacket.checksum(
      addresses + [0, IPv4UDPPacket.udp] + bytes(length) + datagram + [0, 0] + payload)
    // RFC 768: zero would mean "no checksum".
    datagram += bytes(Int(sum == 0 ? 0xffff : sum)) + payload
    return header + bytes(Int(headerSum)) + addresses + datagram
  }

  /// The Internet checksum (RFC 1071).
  static func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum: UInt64 = 0
    for (index, byte) in bytes.enumerated() { sum += UInt64(byte) << (index % 2 == 0 ? 8 : 0) }
    while sum > 0xffff { sum = (sum >> 16) + (sum & 0xffff) }
    return ~UInt16(truncatingIfNeeded: sum)
  }
}
