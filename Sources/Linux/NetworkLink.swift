import CLinux
import Glibc

/// A network interface as rtnetlink tells of it.
public struct NetworkLink: Hashable, Sendable {
  public var index: UInt32
  public var name: String
  /// Hardware type (ARPHRD_*): 1 is Ethernet.
  public var hardwareType: UInt16
  public var hardwareAddress: [UInt8]
  /// Switched on (IFF_UP).
  public var isUp: Bool
  /// It is up, and the cable is plugged in at both ends.
  public var hasCarrier: Bool
  public var isLoopback: Bool
  public var mtu: UInt32

  public init(
    index: UInt32, name: String, hardwareType: UInt16 = 1, hardwareAddress: [UInt8] = [], isUp: Bool = false,
    hasCarrier: Bool = false, isLoopback: Bool = false, mtu: UInt32 = 1500
  ) {
    self.index = index
    self.name = name
    self.hardwareType = hardwareType
    self.hardwareAddress = hardwareAddress
    self.isUp = isUp
    self.hasCarrier = hasCarrier
    self.isLoopback = isLoopback
    self.mtu = mtu
  }

  /// `52:54:00:12:34:56`
  public var hardwareAddressText: String {
    hardwareAddress.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }

  /// An RTM_NEWLINK message; nil for any other or a cut one.
  init?(_ message: NetlinkMessage) {
    guard Int(message.type) == RTM_NEWLINK, message.payload.count >= MemoryLayout<ifinfomsg>.size,
      let type = integer(UInt16.self, in: message.payload, at: 2),
      let index = integer(UInt32.self, in: message.payload, at: 4),
      let flags = integer(UInt32.self, in: message.payload, at: 8)
    else { return nil }
    let attributes = message.attributes(after: MemoryLayout<ifinfomsg>.size)
    guard let name = attributes[UInt16(IFLA_IFNAME)] else { return nil }
    self.init(
      index: index, name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), hardwareType: type,
      hardwareAddress: attributes[UInt16(IFLA_ADDRESS)] ?? [], isUp: flags & 1 != 0,
      // A driver that was never opened may claim a carrier.
      hasCarrier: flags & 1 != 0 && attributes[UInt16(IFLA_CARRIER)]?.first == 1, isLoopback: flags & 8 != 0,
      mtu: attributes[UInt16(IFLA_MTU)].flatMap { integer(UInt32.self, in: $0, at: 0) } ?? 1500)
  }
}
