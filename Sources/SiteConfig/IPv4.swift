/// An address of the Internet protocol, version 4, as a number in host byte order.
public struct IPv4: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var number: UInt32

  public init(_ number: UInt32) { self.number = number }

  /// Reads four decimal numbers of 0...255 with dots between them, and nothing else; nil for any other text.
  public init?(_ text: some StringProtocol) {
    let fields = text.split(separator: ".", omittingEmptySubsequences: false)
    guard fields.count == 4 else { return nil }
    number = 0
    for field in fields {
      guard (1...3).contains(field.utf8.count), field.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        let byte = UInt8(field)
      else { return nil }
      number = number << 8 | UInt32(byte)
    }
  }

  public static func < (a: IPv4, b: IPv4) -> Bool { a.number < b.number }

  public var description: String {
    [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xFF) }.joined(separator: ".")
  }
}

/// An address and the network it belongs to, written `192.168.200.1/24`.
public struct IPv4Interface: Hashable, Sendable, CustomStringConvertible {
  public var address: IPv4
  /// 1...31.
  public var prefixLength: Int

  /// nil unless the text is an address, a slash and a prefix length of 1...31.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4(parts[0]), let prefixLength = Int(parts[1]),
      (1...31).contains(prefixLength)
    else { return nil }
    self.address = address
    self.prefixLength = prefixLength
  }

  public var netmask: IPv4 { IPv4(~0 << UInt32(32 - prefixLength)) }
  public var network: IPv4 { IPv4(address.number & netmask.number) }
  public var broadcast: IPv4 { IPv4(address.number | ~netmask.number) }

  /// Whether a host of this network can have the address.
  public func hasHost(_ host: IPv4) -> Bool { host > network && host < broadcast }

  public var description: String { "\(address)/\(prefixLength)" }
}

/// First and last address of a range, written `192.168.200.2-192.168.200.9`.
public struct IPv4Range: Hashable, Sendable, CustomStringConvertible {
  public var first: IPv4
  public var last: IPv4

  /// nil unless the text is two addresses with a hyphen between them, the lower one first.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = IPv4(parts[0]), let last = IPv4(parts[1]), first <= last else {
      return nil
    }
    self.first = first
    self.last = last
  }

  public func contains(_ address: IPv4) -> Bool { first <= address && address <= last }

  public var description: String { "\(first)-\(last)" }
}
