import Linux
import Testing

@testable import DHCP

/// A table as an object: expectations cannot call mutating methods.
private final class Table {
  private var table: LeaseTable
  init(_ table: LeaseTable) { self.table = table }
  var pool: AddressPool { table.pool }

  func address(of client: LeaseTable.Client) -> IPv4Address? { table.address(of: client) }
  func change(pool: AddressPool) { table.change(pool: pool, server: Bench.address) }
  func offer(
    to client: LeaseTable.Client, requested: IPv4Address? = nil, now: LeaseTable.Instant
  ) -> IPv4Address? { table.offer(to: client, requested: requested, now: now) }
  func bind(_ address: IPv4Address, to client: LeaseTable.Client, now: LeaseTable.Instant) -> Bool {
    table.bind(address, to: client, now: now)
  }
  func release(_ address: IPv4Address, by client: LeaseTable.Client, now: LeaseTable.Instant) -> Bool {
    table.release(address, by: client, now: now)
  }
  func decline(_ address: IPv4Address, by client: LeaseTable.Client, now: LeaseTable.Instant) -> Bool {
    table.decline(address, by: client, now: now)
  }
}

@Suite struct LeaseTableTests {
  private static func client(_ number: UInt8) -> LeaseTable.Client {
    .hardware(HardwareAddress(bytes: [2, 0, 0, 0, 0, number]))
  }

  private static func table(_ last: UInt8 = 103, leaseSeconds: UInt32? = nil) -> Table {
    let range = IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, last)
    return Table(
      LeaseTable(
        pool: AddressPool(range: range, prefixLength: 24, leaseSeconds: leaseSeconds), server: Bench.address))
  }

  private let start = ContinuousClock.now

  @Test func `Every client has one address, and no two the same`() throws {
    let table = LeaseTableTests.table()
    var given: Set<IPv4Address> = []
    for number in 0..<4 as Range<UInt8> {
      let client = LeaseTableTests.client(number)
      let address = try #require(table.offer(to: client, now: start))
      #expect(table.offer(to: client, now: start) == address)
      #expect(table.bind(address, to: client, now: start))
      #expect(table.offer(to: client, requested: IPv4Address(192, 168, 77, 100), now: start) == address)
      given.insert(address)
    }
    #expect(given.count == 4)
    #expect(
      table.offer(to: LeaseTableTests.client(9), now: start + .seconds(1_000_000)) == nil)
  }

  @Test func `A new table gives a client the address it had`() throws {
    let first = LeaseTableTests.table(200)
    let second = LeaseTableTests.table(200)
    for number in 0..<20 as Range<UInt8> {
      _ = first.offer(to: LeaseTableTests.client(number), now: start)
    }
    let alone = second.offer(to: LeaseTableTests.client(0), now: start)
    #expect(alone == first.address(of: LeaseTableTests.client(0)))
    let wanted = IPv4Address(192, 168, 77, 150)
    #expect(second.offer(to: LeaseTableTests.client(1), requested: wanted, now: start) == wanted)
  }

  @Test func `An offer not taken up, a finished lease and a released one are given on`() throws {
    let (one, two) = (LeaseTableTests.client(1), LeaseTableTests.client(2))
    let offered = LeaseTableTests.table(100)
    let address = try #require(offered.offer(to: one, now: start))
    #expect(offered.offer(to: two, now: start + .seconds(59)) == nil)
    #expect(offered.offer(to: two, now: start + .seconds(60)) == address)
    #expect(offered.address(of: one) == nil)

    let bound = LeaseTableTests.table(100, leaseSeconds: 100)
    #expect(bound.bind(address, to: one, now: start))
    #expect(bound.offer(to: two, now: start + .seconds(99)) == nil)
    #expect(bound.bind(address, to: one, now: start + .seconds(50)))
    #expect(bound.offer(to: two, now: start + .seconds(149)) == nil)
    #expect(bound.offer(to: two, now: start + .seconds(150)) == address)

    let released = LeaseTableTests.table(100)
    #expect(released.bind(address, to: one, now: start))
    #expect(!released.release(address, by: two, now: start))
    #expect(released.release(address, by: one, now: start))
    #expect(released.bind(address, to: two, now: start))
    #expect(!released.bind(address, to: one, now: start))
  }

  @Test func `An offer does not shorten a lease`() throws {
    let table = LeaseTableTests.table(100, leaseSeconds: 1000)
    let address = IPv4Address(192, 168, 77, 100)
    #expect(table.bind(address, to: LeaseTableTests.client(1), now: start))
    #expect(table.offer(to: LeaseTableTests.client(1), now: start) == address)
    #expect(table.offer(to: LeaseTableTests.client(2), now: start + .seconds(500)) == nil)
  }

  @Test func `A declined address rests, then is given on`() throws {
    let table = LeaseTableTests.table(100)
    let address = try #require(table.offer(to: LeaseTableTests.client(1), now: start))
    #expect(!table.decline(address, by: LeaseTableTests.client(2), now: start))
    #expect(table.decline(address, by: LeaseTableTests.client(1), now: start))
    #expect(table.offer(to: LeaseTableTests.client(1), now: start + .seconds(599)) == nil)
    #expect(table.offer(to: LeaseTableTests.client(1), now: start + .seconds(600)) == address)
  }

  @Test func `Neither the server's address nor the network's special ones are given`() throws {
    let range = IPv4Address(192, 168, 77, 0)...IPv4Address(192, 168, 77, 255)
    let table = Table(LeaseTable(pool: AddressPool(range: range, prefixLength: 24), server: Bench.address))
    var given: Set<IPv4Address> = []
    for number in 0...255 as ClosedRange<UInt8> {
      if let address = table.offer(to: LeaseTableTests.client(number), now: start) {
        given.insert(address)
      }
    }
    #expect(given.count == 253)
    for last in [0, 1, 255] as [UInt8] { #expect(!given.contains(IPv4Address(192, 168, 77, last))) }
  }

  @Test func `A range over the whole Internet is cut, not walked`() throws {
    let pool = AddressPool(range: .any ... .broadcast, prefixLength: 0)
    let table = Table(LeaseTable(pool: pool, server: Bench.address))
    #expect(pool.count == 65536)
    #expect(table.offer(to: LeaseTableTests.client(1), requested: Bench.address, now: start) != nil)
  }

  @Test func `A change of the range keeps what fits`() throws {
    let table = LeaseTableTests.table(110)
    let (low, high) = (IPv4Address(192, 168, 77, 100), IPv4Address(192, 168, 77, 110))
    #expect(table.bind(low, to: LeaseTableTests.client(1), now: start))
    #expect(table.bind(high, to: LeaseTableTests.client(2), now: start))
    table.change(pool: AddressPool(range: low...low, prefixLength: 24))
    #expect(table.address(of: LeaseTableTests.client(1)) == low)
    #expect(table.address(of: LeaseTableTests.client(2)) == nil)
  }

  @Test func `Whatever happens, no address has two owners`() throws {
    var random = FixedRandom(state: 7)
    let table = LeaseTableTests.table(107, leaseSeconds: 300)
    var now = start
    for _ in 0..<20_000 {
      now += .seconds(Int.random(in: 0...40, using: &random))
      let client = LeaseTableTests.client(.random(in: 0..<12, using: &random))
      let address = IPv4Address(192, 168, 77, .random(in: 98...109, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: _ = table.offer(to: client, requested: address, now: now)
      case 1: _ = table.bind(table.address(of: client) ?? address, to: client, now: now)
      case 2: _ = table.bind(address, to: client, now: now)
      case 3: _ = table.release(address, by: client, now: now)
      default: _ = table.decline(address, by: client, now: now)
      }
      let held = (0..<12).compactMap { table.address(of: LeaseTableTests.client($0)) }
      try #require(Set(held).count == held.count)
      try #require(held.allSatisfy { table.pool.contains($0, server: Bench.address) })
    }
  }
}
