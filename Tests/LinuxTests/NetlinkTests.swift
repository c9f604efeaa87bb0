import CLinux
import Testing

@testable import Linux

@Suite struct NetlinkTests {
  /// RTM_NEWLINK of eth0: index 2, up, Ethernet, MAC 52:54:00:12:34:56, MTU 1500, carrier.
  private static let link = NetlinkMessage(
    type: 16, sequence: 7,
    payload: [
      0x00, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x00, 0x43, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x09, 0x00, 0x03, 0x00, 0x65, 0x74, 0x68, 0x30, 0x00, 0x00, 0x00, 0x00,
      0x0a, 0x00, 0x01, 0x00, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x00, 0x00,
      0x08, 0x00, 0x04, 0x00, 0xdc, 0x05, 0x00, 0x00, 0x05, 0x00, 0x21, 0x00, 0x01, 0x00, 0x00, 0x00,
    ])

  @Test func decodesALink() throws {
    let link = try #require(NetworkLink(Self.link))
    #expect(link.index == 2)
    #expect(link.name == "eth0")
    #expect(link.hardwareAddressText == "52:54:00:12:34:56")
    #expect(link.mtu == 1500)
    #expect(link.isUp && link.hasCarrier && !link.isLoopback)
  }

  @Test func aCarrierCountsOnlyWhileSwitchedOn() throws {
    var message = Self.link
    message.payload[8] = 0x02
    let link = try #require(NetworkLink(message))
    #expect(!link.isUp && !link.hasCarrier)
  }

  @Test func decodesSeveralMessagesOfOneDatagram() {
    let done = NetlinkMessage(type: 3, sequence: 7, payload: [0, 0, 0, 0])
    #expect(NetlinkMessage.decode(Self.link.encode() + done.encode()) == [Self.link, done])
  }

  @Test func aCutMessageEndsTheList() {
    let bytes = Self.link.encode() + Self.link.encode()
    for length in 0..<bytes.count {
      #expect(NetlinkMessage.decode(Array(bytes[..<length])).count == (length < bytes.count / 2 ? 0 : 1))
    }
  }

  @Test func encodesAnAddress() throws {
    let address = InterfaceAddress(link: 2, address: IPv4Address(192, 168, 200, 1), prefixLength: 24)
    let message = NetlinkMessage(type: UInt16(RTM_NEWADDR), payload: address.message)
    #expect(InterfaceAddress(message) == address)
    #expect(message.attributes(after: 8)[UInt16(IFA_BROADCAST)] == [192, 168, 200, 255])
  }

  @Test func damagedMessagesNeverTrap() {
    var state: UInt64 = 0x2545_f491_4f6c_dd1d
    func random() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 40)
    }
    let valid = Self.link.encode() + Self.link.encode()
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0...(random() % 4) { bytes[random() % bytes.count] = UInt8(truncatingIfNeeded: random()) }
      bytes.removeLast(random() % bytes.count)
      for message in NetlinkMessage.decode(bytes) {
        _ = NetworkLink(message)
        _ = InterfaceAddress(message)
        _ = KernelEvent(message.payload)
      }
    }
  }

  @Test func theKernelTellsOfTheLoopbackInterface() throws {
    var route = try RouteNetlink()
    let loopback = try #require(try route.links().first { $0.isLoopback })
    #expect(loopback.name == "lo")
    #expect(try route.addresses(of: loopback.index).allSatisfy { $0.link == loopback.index })
  }
}

@Suite struct KernelEventTests {
  @Test func decodesAnEvent() throws {
    let text =
      "add@/devices/pci0000:00/0000:00:03.0\0ACTION=add\0SUBSYSTEM=pci\0MODALIAS=pci:v00001AF4d00001000\0"
    let event = try #require(KernelEvent(Array(text.utf8)))
    #expect(event.action == "add")
    #expect(event.devicePath == "/devices/pci0000:00/0000:00:03.0")
    #expect(event.subsystem == "pci")
    #expect(event.properties["MODALIAS"] == "pci:v00001AF4d00001000")
  }

  @Test(arguments: ["", "libudev\0", "add\0", "@/devices", "add@relative"])
  func ignoresOtherMessages(text: String) {
    #expect(KernelEvent(Array(text.utf8)) == nil)
  }
}
