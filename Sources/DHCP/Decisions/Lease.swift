import Linux

/// What a DHCP server gave to this machine.
public struct Lease: Hashable, Sendable {
  public var address: IPv4Address
  public var prefixLength: Int
  public var routers: [IPv4Address]
  public var domainNameServers: [IPv4Address]
  public var ntpServers: [IPv4Address]
  public var domainName: String?
  public var hostName: String?
  /// The server's identifier, where renewals go.
  public var server: IPv4Address
  /// When the request that was granted was sent; the times below count from here.
  public var obtainedAt: ContinuousClock.Instant
  /// nil is for ever.
  public var times: Times?

  /// RFC 2131 4.4.5.
  public struct Times: Hashable, Sendable {
    /// T1: ask the same server again.
    public var renewal: Duration
    /// T2: ask any server.
    public var rebinding: Duration
    /// The address must not be used after that.
    public var expiry: Duration
  }

  /// Reads an ACK or OFFER; nil if it gives no address or does not say who gives it.
  init?(packet: DHCPPacket, requestedAt: ContinuousClock.Instant) {
    guard packet.yourAddress != .any, let server = packet.serverIdentifier else { return nil }
    let options = packet.options
    func name(_ code: DHCPOptionCode) -> String? { options.text(code).flatMap { $0.isEmpty ? nil : $0 } }
    address = packet.yourAddress
    prefixLength =
      options.address(.subnetMask)?.prefixLength ?? Lease.classfulPrefixLength(packet.yourAddress)
    routers = options.addresses(.router)
    domainNameServers = options.addresses(.domainNameServer)
    ntpServers = options.addresses(.ntpServers)
    domainName = name(.domainName)
    hostName = name(.hostName)
    self.server = server
    obtainedAt = requestedAt
    times = Times(options: options)
  }

  /// Before masks were sent, the first bits told (RFC 791 3.2).
  private static func classfulPrefixLength(_ address: IPv4Address) -> Int {
    switch address.value >> 30 {
    case 0, 1: 8
    case 2: 16
    default: 24
    }
  }
}

extension Lease.Times {
  /// nil for an infinite lease, or if the server names no time, as BOOTP servers do.
  init?(options: DHCPOptions) {
    guard let seconds = options.number(.leaseTime), seconds != .max else { return nil }
    // A lease of no time would have us ask without pause.
    let expiry = max(seconds, 10)
    let rebinding = options.number(.rebindingTime) ?? .max
    let renewal = options.number(.renewalTime) ?? .max
    self.expiry = .seconds(Int64(expiry))
    self.rebinding = .seconds(Int64(rebinding < expiry && rebinding > 0 ? rebinding : expiry / 8 * 7))
    self.renewal = .seconds(Int64(renewal > 0 ? renewal : .max))
    if self.renewal >= self.rebinding { self.renewal = .seconds(Int64(expiry / 2)) }
    // An odd pair of times from the server: ours are always in order.
    if self.renewal >= self.rebinding { self.rebinding = .seconds(Int64(expiry - expiry / 8)) }
  }
}
