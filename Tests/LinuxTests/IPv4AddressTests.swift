import Linux
import Testing

@Suite struct IPv4AddressTests {
  @Test func `Text is read as strictly as it is written`() {
    #expect(IPv4Address("192.0.2.255") == IPv4Address(192, 0, 2, 255))
    #expect(IPv4Address(192, 0, 2, 255).description == "192.0.2.255")
    for text in [
      "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1..2.3", "1.2.3.+4", "1.2.3.x", " 1.2.3.4", "1.2.3.0004",
    ] {
      #expect(IPv4Address(text) == nil, "\(text)")
    }
  }

  @Test func `Masks and prefixes belong together`() {
    for length in 0...32 { #expect(IPv4Address.mask(prefixLength: length).prefixLength == length) }
    #expect(IPv4Address.mask(prefixLength: 24) == IPv4Address(255, 255, 255, 0))
    #expect(IPv4Address.mask(prefixLength: 99) == .broadcast && IPv4Address.mask(prefixLength: -1) == .any)
    #expect(IPv4Address(255, 0, 255, 0).prefixLength == nil)
  }

  @Test func `Network and broadcast address`() {
    let address = IPv4Address(10, 1, 2, 3)
    #expect(address.network(prefixLength: 20) == IPv4Address(10, 1, 0, 0))
    #expect(address.directedBroadcast(prefixLength: 20) == IPv4Address(10, 1, 15, 255))
    #expect(address.directedBroadcast(prefixLength: 32) == address)
  }

  @Test func `Bytes as in a packet`() {
    #expect(IPv4Address(bytes: [1, 2, 3, 4]) == IPv4Address(1, 2, 3, 4))
    #expect(IPv4Address(1, 2, 3, 4).bytes == [1, 2, 3, 4])
    #expect(IPv4Address(bytes: [1, 2, 3]) == nil)
  }
}
