import Linux

/// An address and the network it belongs to, written `192.168.200.1/24`.
public struct IPv4Interface: Hashable, Sendable, CustomStringConvertible {
  public var address: IPv4Address
  /// 1...31.
  public var prefixLength: Int

  /// nil unless the text is an address, a slash and a prefix length of 1...31.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4Address(parts[0]), let prefixLength = Int(parts[1]),
      (1...31).contains(prefixLength)
    else { return nil }
    self.address = address
    self.prefixLength = prefixLength
  }

  public var network: IPv4Address { address.network(prefixLength: prefixLength) }
  public var broadcast: IPv4Address { address.directedBroadcast(prefixLength: prefixLength) }

  /// Whether a host of this network can have the address.
  public func hasHost(_ host: IPv4Address) -> Bool { host > network && host < broadcast }

  public var description: String { "\(address)/\(prefixLength)" }
}

/// First and last address of a range, written `192.168.200.2-192.168.200.9`.
public struct IPv4Range: Hashable, Sendable, CustomStringConvertible {
  public var first: IPv4Address
  public var last: IPv4Address

  /// nil unless the text is two addresses with a hyphen between them, the lower one first.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let first = IPv4Address(parts[0]), let last = IPv4Address(parts[1]), first <= last
    else {
      return nil
    }
    self.first = first
    self.last = last
  }

  public func contains(_ address: IPv4Address) -> Bool { first <= address && address <= last }

  public var description: String { "\(first)-\(last)" }
}
