import Linux

/// Who has which address. One address per client, the same one as long as the table lives.
struct LeaseTable: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// What a client is known by.
  ///
  /// Its hardware address, not its client identifier: ROM, iPXE and operating system of one machine identify
  /// themselves differently, and the address must stay while its root disk hangs on it.
  enum Client: Hashable, Sendable {
    case hardware(HardwareAddress)
    case identifier([UInt8])

    init(packet: DHCPPacket) {
      if packet.hardwareAddress.bytes.isEmpty, let identifier = packet.options[.clientIdentifier] {
        self = .identifier(identifier)
      } else {
        self = .hardware(packet.hardwareAddress)
      }
    }
  }

  private struct Holding: Sendable {
    /// nil: declined, that is, someone unknown uses the address.
    var client: Client?
    /// Another client may have the address from then on; nil: never.
    var until: Instant?
  }

  /// How long an offer is kept for the client to take it up.
  static let offerTime = Duration.seconds(60)
  /// How long an address that a client found in use is left alone.
  static let declineTime = Duration.seconds(600)

  private(set) var pool: AddressPool
  private(set) var server: IPv4Address
  private var holdings: [IPv4Address: Holding] = [:]
  private var addresses: [Client: IPv4Address] = [:]

  init(pool: AddressPool, server: IPv4Address) {
    self.pool = pool
    self.server = server
  }

  /// Takes a new pool; bindings inside it are kept.
  mutating func change(pool: AddressPool, server: IPv4Address) {
    self.pool = pool
    self.server = server
    holdings = holdings.filter { pool.contains($0.key, server: server) }
    addresses = addresses.filter { holdings[$0.value] != nil }
  }

  /// The address the client has, was offered, or had last and may have again.
  func address(of client: Client) -> IPv4Address? { addresses[client] }

  /// Whether the client may have the address: it is its own or free.
  func isAvailable(_ address: IPv4Address, to client: Client, now: Instant) -> Bool {
    guard pool.contains(address, server: server) else { return false }
    guard let holding = holdings[address] else { return true }
    if holding.client == client { return true }
    return holding.until.map { $0 <= now } ?? false
  }

  /// Chooses an address and keeps it for the client for a minute; nil when the pool is used up.
  mutating func offer(to client: Client, requested: IPv4Address?, now: Instant) -> IPv4Address? {
    if let address = addresses[client] {
      // A bound address stays bound: an offer must not shorten a lease.
      extend(address, until: now + LeaseTable.offerTime)
      return address
    }
    guard let address = choose(for: client, requested: requested, now: now) else { return nil }
    hold(address, by: client, until: now + LeaseTable.offerTime)
    return address
  }

  /// Binds the address; false if someone else has it or it is not ours to give.
  mutating func bind(_ address: IPv4Address, to client: Client, now: Instant) -> Bool {
    guard isAvailable(address, to: client, now: now) else { return false }
    if let old = addresses[client], old != address { holdings[old] = nil }
    hold(address, by: client, until: pool.leaseSeconds.map { now + .seconds(Int64($0)) })
    return true
  }

  /// The client no longer wants the address: it stays its own until another needs it.
  mutating func release(_ address: IPv4Address, by client: Client, now: Instant) -> Bool {
    guard holdings[address]?.client == client else { return false }
    holdings[address]?.until = now
    return true
  }

  /// The client gives up an offer of ours in favour of another server.
  mutating func withdrawOffer(to client: Client, now: Instant) {
    guard let address = addresses[client] else { return }
    _ = release(address, by: client, now: now)
  }

  /// The client found the address in use by someone else.
  mutating func decline(_ address: IPv4Address, by client: Client, now: Instant) -> Bool {
    guard holdings[address]?.client == client else { return false }
    addresses[client] = nil
    holdings[address] = Holding(client: nil, until: now + LeaseTable.declineTime)
    return true
  }

  private mutating func extend(_ address: IPv4Address, until: Instant) {
    guard let end = holdings[address]?.until, end < until else { return }
    holdings[address]?.until = until
  }

  private mutating func hold(_ address: IPv4Address, by client: Client, until: Instant?) {
    if let before = holdings[address]?.client, before != client { addresses[before] = nil }
    holdings[address] = Holding(client: client, until: until)
    addresses[client] = address
  }

  private func choose(for client: Client, requested: IPv4Address?, now: Instant) -> IPv4Address? {
    if let requested, isAvailable(requested, to: client, now: now) { return requested }
    // Starting at a place of the client's own gives it the same address after a restart of the server, too.
    let start = LeaseTable.place(of: client, in: pool.count)
    var reusable: IPv4Address?
    for offset in 0..<pool.count {
      let address = pool.address(at: (start + offset) % pool.count)
      guard isAvailable(address, to: client, now: now) else { continue }
      if holdings[address] == nil { return address }
      if reusable == nil { reusable = address }
    }
    return reusable
  }

  /// FNV-1a, because Swift's own hashes differ from run to run.
  private static func place(of client: Client, in count: Int) -> Int {
    let bytes =
      switch client {
      case .hardware(let address): address.bytes
      case .identifier(let bytes): bytes
      }
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return Int(hash % UInt64(count))
  }
}
