import Linux
import Testing

@testable import DHCP

@Suite struct IPv4UDPPacketTests {
  private static let sample = IPv4UDPPacket(
    source: .any, sourcePort: 68, destination: .broadcast, destinationPort: 67, payload: Array("hello".utf8))

  @Test func `Checksums are those of RFC 1071`() {
    #expect(IPv4UDPPacket.checksum([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]) == ~0xddf2)
    #expect(IPv4UDPPacket.checksum([0xff]) == 0x00ff)
    let bytes = IPv4UDPPacketTests.sample.encoded()
    // Over data with its right checksum the sum is zero.
    #expect(IPv4UDPPacket.checksum(Array(bytes.prefix(20))) == 0)
    let pseudoHeader = Array(bytes[12..<20]) + [0, 17, 0, 13]
    #expect(IPv4UDPPacket.checksum(pseudoHeader + bytes.dropFirst(20)) == 0)
  }

  @Test func `What is encoded is decoded`() {
    #expect(IPv4UDPPacket(decoding: IPv4UDPPacketTests.sample.encoded()) == IPv4UDPPacketTests.sample)
  }

  @Test func `Options of the IP header and padding after UDP are skipped`() {
    var bytes = IPv4UDPPacketTests.sample.encoded()
    bytes.insert(contentsOf: [1, 1, 1, 1], at: 20)
    bytes[0] = 0x46
    bytes += [0, 0, 0]
    #expect(IPv4UDPPacket(decoding: bytes) == IPv4UDPPacketTests.sample)
  }

  @Test func `Anything cut off, fragments and other protocols are no packet`() {
    let good = IPv4UDPPacketTests.sample.encoded()
    for count in 0..<good.count { #expect(IPv4UDPPacket(decoding: Array(good.prefix(count))) == nil) }
    for (place, value) in [(0, 0x65), (0, 0x44), (6, 0x20), (7, 0x01), (9, 6), (25, 7), (25, 14)]
      as [(Int, UInt8)]
    {
      var bytes = good
      bytes[place] = value
      #expect(IPv4UDPPacket(decoding: bytes) == nil, "byte \(place)")
    }
  }

  @Test func `Random bytes never trap`() {
    var random = FixedRandom(state: 5)
    for _ in 0..<20_000 {
      var bytes = IPv4UDPPacketTests.sample.encoded()
      for _ in 0..<3 {
        bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      _ = IPv4UDPPacket(decoding: Array(bytes.prefix(.random(in: 0...bytes.count, using: &random))))
    }
  }
}
