import Linux

/// The client's side of DHCP (RFC 2131 4.4): from the first DISCOVER through renewals to the loss of a lease.
///
/// Pure decisions, fed by `DHCPClient` and `LeaseKeeper`. It keeps asking for ever; its caller sets the limit.
public struct DHCPClientMachine: Sendable {
  public typealias Instant = ContinuousClock.Instant

  public enum Action: Hashable, Sendable {
    /// Send to everyone on the link, from no address.
    case broadcast(DHCPPacket)
    /// Send from the lease's address to a server.
    case unicast(DHCPPacket, to: IPv4Address)
    /// A lease was got, or renewed: use it.
    case obtained(Lease)
    /// The lease is over or was taken back: stop using its address.
    case lost(Lease)
  }

  private enum State {
    case selecting
    case requesting(offer: DHCPPacket, since: Instant)
    case bound(Lease)
    case renewing(Lease)
    case rebinding(Lease)
  }

  /// Pauses between attempts in the first seconds, which are what the fallback address waits for.
  private static let pauses: [Duration] = [.seconds(1), .seconds(1), .seconds(2), .seconds(2), .seconds(4)]
  /// After those the pauses double, up to this one (RFC 2131 4.1).
  private static let longestPause = Duration.seconds(64)
  /// Unanswered REQUESTs before starting anew.
  private static let requestAttempts = 3
  /// 1472 bytes: what an Ethernet frame holds.
  private static let largestMessage: [UInt8] = [0x05, 0xc0]
  /// Between attempts to renew (RFC 2131 4.4.5 has a minute; short leases need less).
  private static let shortestRenewalPause = Duration.seconds(5)

  /// When `expire` wants to be called; nil: never.
  public private(set) var deadline: Instant?
  private let hardwareAddress: HardwareAddress
  private let hostName: String?
  private var state = State.selecting
  private var transactionID: UInt32
  private var started: Instant
  private var requestedAt: Instant
  private var attempt = 0

  /// - Parameters:
  ///   - lease: one that is already in use; nil asks for a new one.
  ///   - transactionID: a random number.
  public init(
    hardwareAddress: HardwareAddress, hostName: String? = nil, lease: Lease? = nil, transactionID: UInt32,
    now: Instant
  ) {
    self.hardwareAddress = hardwareAddress
    self.hostName = hostName
    self.transactionID = transactionID
    started = now
    requestedAt = now
    if let lease { bind(lease) } else { deadline = now }
  }

  /// The lease in use.
  public var lease: Lease? {
    switch state {
    case .selecting, .requesting: nil
    case .bound(let lease), .renewing(let lease), .rebinding(let lease): lease
    }
  }

  // MARK: - Inputs

  /// Takes a packet that came to port 68.
  public mutating func receive(_ packet: DHCPPacket, now: Instant) -> [Action] {
    guard packet.operation == .reply, packet.transactionID == transactionID,
      packet.hardwareAddress.bytes == hardwareAddress.bytes
    else { return [] }
    switch (state, packet.messageType) {
    case (.selecting, .offer):
      // A proxy's offer has no address; it is not for us.
      guard Lease(packet: packet, requestedAt: now) != nil else { return [] }
      state = .requesting(offer: packet, since: now)
      attempt = 0
      return request(now: now)
    case (.requesting(let offer, let since), .acknowledge):
      guard packet.serverIdentifier == offer.serverIdentifier else { return [] }
      return obtain(packet, requestedAt: since)
    case (.renewing, .acknowledge), (.rebinding, .acknowledge):
      return obtain(packet, requestedAt: requestedAt)
    case (.requesting(let offer, _), .refuse):
      guard packet.serverIdentifier == offer.serverIdentifier else { return [] }
      return restart(now: now)
    case (.renewing(let lease), .refuse), (.rebinding(let lease), .refuse):
      return [.lost(lease)] + restart(now: now)
    default:
      return []
    }
  }

  /// Call when `deadline` is over; also once at the beginning.
  public mutating func expire(now: Instant) -> [Action] {
    guard let deadline, now >= deadline else { return [] }
    switch state {
    case .selecting:
      return discover(now: now)
    case .requesting:
      return attempt < DHCPClientMachine.requestAttempts ? request(now: now) : restart(now: now)
    case .bound(let lease):
      beginTransaction(now: now)
      state = .renewing(lease)
      return renew(lease, now: now)
    case .renewing(let lease), .rebinding(let lease):
      return renew(lease, now: now)
    }
  }

  /// Gives the lease back.
  public mutating func release(now: Instant) -> [Action] {
    guard let lease else { return [] }
    beginTransaction(now: now)
    state = .selecting
    deadline = nil
    var packet = packet(.release, now: now)
    packet.clientAddress = lease.address
    packet.options.set(.serverIdentifier, addresses: [lease.server])
    return [.unicast(packet, to: lease.server), .lost(lease)]
  }

  // MARK: - Steps

  private mutating func beginTransaction(now: Instant) {
    transactionID &+= 1
    started = now
    attempt = 0
  }

  private mutating func restart(now: Instant) -> [Action] {
    beginTransaction(now: now)
    state = .selecting
    // A server that offers and refuses in turn must not be asked without pause.
    deadline = now + DHCPClientMachine.pauses[0]
    return []
  }

  private mutating func discover(now: Instant) -> [Action] {
    let pauses = DHCPClientMachine.pauses
    let doublings = min(max(attempt - pauses.count, 0), 4)
    let later = min(.seconds(8 << doublings), DHCPClientMachine.longestPause)
    deadline = now + (attempt < pauses.count ? pauses[attempt] : later)
    attempt += 1
    return [.broadcast(asking(.discover, now: now))]
  }

  private mutating func request(now: Instant) -> [Action] {
    guard case .requesting(let offer, _) = state else { return [] }
    attempt += 1
    deadline = now + .seconds(1)
    var packet = asking(.request, now: now)
    packet.options.set(.requestedAddress, addresses: [offer.yourAddress])
    packet.options[.serverIdentifier] = offer.options[.serverIdentifier]
    return [.broadcast(packet)]
  }

  private mutating func obtain(_ packet: DHCPPacket, requestedAt: Instant) -> [Action] {
    guard let lease = Lease(packet: packet, requestedAt: requestedAt) else { return [] }
    let old = self.lease
    bind(lease)
    return (old.map { $0.address == lease.address ? [] : [.lost($0)] } ?? []) + [.obtained(lease)]
  }

  private mutating func bind(_ lease: Lease) {
    state = .bound(lease)
    deadline = lease.times.map { lease.obtainedAt + $0.renewal }
  }

  private mutating func renew(_ lease: Lease, now: Instant) -> [Action] {
    guard let times = lease.times else { return [] }
    let rebinding = lease.obtainedAt + times.rebinding
    let expiry = lease.obtainedAt + times.expiry
    if now >= expiry { return [.lost(lease)] + restart(now: now) }
    let next = now < rebinding ? rebinding : expiry
    deadline = min(next, now + max((next - now) / 2, DHCPClientMachine.shortestRenewalPause))
    requestedAt = now
    var packet = asking(.request, now: now)
    packet.clientAddress = lease.address
    if now < rebinding { return [.unicast(packet, to: lease.server)] }
    state = .rebinding(lease)
    return [.broadcast(packet)]
  }

  // MARK: - Packets

  private func packet(_ type: DHCPMessageType, now: Instant) -> DHCPPacket {
    var packet = DHCPPacket(
      operation: .request, transactionID: transactionID, hardwareAddress: hardwareAddress)
    packet.messageType = type
    packet.seconds = UInt16(clamping: (now - started).components.seconds)
    packet.options[.clientIdentifier] = [hardwareAddress.type] + hardwareAddress.bytes
    return packet
  }

  private func asking(_ type: DHCPMessageType, now: Instant) -> DHCPPacket {
    var packet = packet(type, now: now)
    packet.options[.maximumMessageSize] = DHCPClientMachine.largestMessage
    let wanted: [DHCPOptionCode] = [
      .subnetMask, .router, .domainNameServer, .domainName, .broadcastAddress, .ntpServers, .leaseTime,
      .serverIdentifier, .renewalTime, .rebindingTime,
    ]
    packet.options[.parameterRequestList] = wanted.map { $0.rawValue }
    if let hostName { packet.options.set(.hostName, text: String(hostName.prefix(63))) }
    return packet
  }
}
