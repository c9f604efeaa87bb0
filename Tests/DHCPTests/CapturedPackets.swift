import Linux

@testable import DHCP

/// Requests of real clients, captured on a virtual cable; only the MAC address is the test's.
enum Captured {
  static let mac = HardwareAddress(bytes: [0x52, 0x54, 0x00, 0x12, 0x34, 0x56])

  /// QEMU 7.2's SeaBIOS with the iPXE 1.0.0 ROM.
  static let romIPXE =
    "390205c05d0200005e030102013c20505845436c69656e743a417263683a30303030303a554e44493a3030323030314d04695058453717"
    + "010306070c0f111a2b3c4243778081828384858687afcbaf30b105011af41000eb030100001701012201011301011101012701011901"
    + "012901011001022101011501011801011201013d070152540012345661110000000000000000000000000000000000"
  /// OVMF (edk2 2022.11), PXE over IPv4.
  static let ovmfPXE =
    "390205c037230102030405060c0d0f111216171c28292a2b3233363a3b3c42436180818283848586876111000000000000000000000000"
    + "00000000005e030103005d0200073c20505845436c69656e743a417263683a30303030373a554e44493a303033303030"
  /// OVMF (edk2 2022.11), HTTP Boot over IPv4.
  static let ovmfHTTP =
    "390205c0371b0102030405060c0d0f111216171c28292a2b3233363a3b3ceb436161110000000000000000000000000000000000"
    + "5e030103005d0200103c2148545450436c69656e743a417263683a30303031363a554e44493a303033303030"
  /// OVMF's question on port 4011 after it got an address elsewhere; it names no server.
  static let ovmfBootServer =
    "37230102030405060c0d0f111216171c28292a2b3233363a3b3c4243618081828384858687390205c03c20505845436c69656e743a"
    + "417263683a30303030373a554e44493a3030333030305d0200075e0301030061110000000000000000000000000000000000"

  /// A packet with captured options after its message type, as bytes and decoded again.
  static func packet(
    _ type: DHCPMessageType, options hexadecimal: String, transaction: UInt32 = 0xefbf_3502,
    change: (inout DHCPPacket) -> Void = { _ in }
  ) throws -> DHCPPacket {
    var packet = DHCPPacket(operation: .request, transactionID: transaction, hardwareAddress: mac)
    packet.messageType = type
    packet.options.parse(bytes(hexadecimal))
    change(&packet)
    return try DHCPPacket(decoding: packet.encoded())
  }

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.compactMap { UInt8(ascii: $0) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

extension UInt8 {
  fileprivate init?(ascii: UInt8) {
    guard let value = UInt8(String(UnicodeScalar(ascii)), radix: 16) else { return nil }
    self = value
  }
}

/// A responder and its clock.
struct Bench {
  static let address = IPv4Address(192, 168, 77, 1)
  static let files = BootFiles(
    loaders: [.bios: "undionly.kpxe", .ia32: "ia32.efi", .x64: "snponly.efi", .arm64: "arm64.efi"],
    scriptURL: "http://{server}/boot.ipxe?mac={mac}&arch={arch}&uuid=${uuid}")
  static let pool = AddressPool(
    range: IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, 102), prefixLength: 24)

  var responder: DHCPResponder
  var now = ContinuousClock.now

  init(_ mode: DHCPService.Mode = .server(Bench.pool)) {
    responder = DHCPResponder(
      interface: "eth0", service: DHCPService(mode: mode, address: Bench.address, bootFiles: Bench.files))
  }

  /// What is sent and reported.
  struct Answer {
    var sent: [(packet: DHCPPacket, from: DHCPResponder.Port, address: IPv4Address, port: UInt16)] = []
    var events: [DHCPEvent] = []
    var steps: [DHCPEvent.Step] { events.map { $0.step } }
    var packet: DHCPPacket? { sent.first?.packet }
  }

  mutating func give(
    _ packet: DHCPPacket, on port: DHCPResponder.Port = .dhcp, from address: IPv4Address = .any,
    port sourcePort: UInt16 = 68
  ) -> Answer {
    var answer = Answer()
    let source = DHCPResponder.Source(address: address, port: sourcePort)
    for action in responder.receive(packet, on: port, from: source, now: now) {
      switch action {
      case .send(let packet, let from, let address, let port):
        answer.sent.append((packet, from, address, port))
      case .report(let event): answer.events.append(event)
      }
    }
    return answer
  }
}

/// SplitMix64: the same numbers in every run.
struct FixedRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
