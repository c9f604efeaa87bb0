/// An IPv4 address.
public struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The address as a number, most significant byte first: 192.0.2.1 is 0xC0000201.
  public let value: UInt32

  public init(value: UInt32) { self.value = value }

  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    value = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
  }

  /// Four bytes as they stand in a packet; nil with any other count.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 4 else { return nil }
    value = bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Dotted decimal, `192.0.2.1`; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard part.utf8.count <= 3, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part)
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    self.value = value
  }

  /// 0.0.0.0: no address.
  public static let any = IPv4Address(value: 0)
  /// 255.255.255.255: everyone on the link.
  public static let broadcast = IPv4Address(value: .max)

  /// The mask of a prefix of 0...32 bits; other lengths are clamped.
  public static func mask(prefixLength: Int) -> IPv4Address {
    let length = min(max(prefixLength, 0), 32)
    return IPv4Address(value: length == 0 ? 0 : UInt32.max << UInt32(32 - length))
  }

  /// The length of the prefix that this address is the mask of; nil if its ones are not contiguous.
  public var prefixLength: Int? {
    let length = (~value).leadingZeroBitCount
    return IPv4Address.mask(prefixLength: length) == self ? length : nil
  }

  /// The four bytes as they stand in a packet.
  public var bytes: [UInt8] {
    [
      UInt8(truncatingIfNeeded: value >> 24), UInt8(truncatingIfNeeded: value >> 16),
      UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value),
    ]
  }

  /// The first address of the network that this one is in.
  public func network(prefixLength: Int) -> IPv4Address {
    IPv4Address(value: value & IPv4Address.mask(prefixLength: prefixLength).value)
  }

  /// The address that reaches everyone in the network that this one is in.
  public func directedBroadcast(prefixLength: Int) -> IPv4Address {
    IPv4Address(value: value | ~IPv4Address.mask(prefixLength: prefixLength).value)
  }

  public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.value < right.value }

  public var description: String { bytes.map { String($0) }.joined(separator: ".") }
}
