import Linux

/// What a full DHCP server hands out on one interface.
public struct AddressPool: Hashable, Sendable {
  /// First and last address; at most 65536, the rest is not used.
  public var range: ClosedRange<IPv4Address>
  public var prefixLength: Int
  /// Seconds; nil is for ever, right for a machine whose disk hangs on its address.
  public var leaseSeconds: UInt32?
  /// Empty sends no router option: with one, Windows reaches even an iSCSI target on the link through it.
  public var routers: [IPv4Address] = []
  public var domainNameServers: [IPv4Address] = []
  public var ntpServers: [IPv4Address] = []
  public var domainName: String?

  public init(range: ClosedRange<IPv4Address>, prefixLength: Int, leaseSeconds: UInt32? = nil) {
    self.range = range
    self.prefixLength = prefixLength
    self.leaseSeconds = leaseSeconds
  }

  /// How many addresses are used at most.
  static let capacity = 65536

  var count: Int {
    Int(min(range.upperBound.value - range.lowerBound.value, UInt32(AddressPool.capacity - 1))) + 1
  }

  func address(at index: Int) -> IPv4Address {
    IPv4Address(value: range.lowerBound.value &+ UInt32(truncatingIfNeeded: index))
  }

  /// Whether clients may have this address: neither the server's own nor one of the network's special ones.
  func contains(_ address: IPv4Address, server: IPv4Address) -> Bool {
    guard range.contains(address), address.value - range.lowerBound.value < UInt32(count) else {
      return false
    }
    guard address != server, prefixLength < 31 else { return address != server }
    return address != address.network(prefixLength: prefixLength)
      && address != address.directedBroadcast(prefixLength: prefixLength)
  }
}
