import Linux
import Testing

@testable import DHCP

@Suite struct DHCPClientMachineTests {
  private static let mac = HardwareAddress(bytes: [2, 0, 0, 0, 0, 1])
  private static let server = IPv4Address(10, 0, 0, 1)
  private static let address = IPv4Address(10, 0, 0, 50)
  private let start = ContinuousClock.now

  private func machine(lease: Lease? = nil) -> DHCPClientMachine {
    DHCPClientMachine(
      hardwareAddress: DHCPClientMachineTests.mac, hostName: "target", lease: lease, transactionID: 77,
      now: start)
  }

  /// A server's reply to a packet of the machine.
  private func reply(
    _ type: DHCPMessageType, to request: DHCPPacket, seconds: UInt32? = 100,
    change: (inout DHCPPacket) -> Void = { _ in }
  ) -> DHCPPacket {
    var packet = DHCPPacket(
      operation: .reply, transactionID: request.transactionID, hardwareAddress: request.hardwareAddress)
    packet.messageType = type
    packet.yourAddress = DHCPClientMachineTests.address
    packet.options.set(.serverIdentifier, addresses: [DHCPClientMachineTests.server])
    packet.options.set(.subnetMask, addresses: [IPv4Address(255, 255, 0, 0)])
    packet.options.set(.router, addresses: [DHCPClientMachineTests.server])
    packet.options.set(.domainName, text: "lab.example")
    if let seconds { packet.options.set(.leaseTime, number: seconds) }
    change(&packet)
    return packet
  }

  private func sent(_ actions: [DHCPClientMachine.Action]) -> DHCPPacket? {
    for action in actions {
      switch action {
      case .broadcast(let packet), .unicast(let packet, _): return packet
      case .obtained, .lost: continue
      }
    }
    return nil
  }

  /// Goes through the four packets.
  private func obtain(_ machine: inout DHCPClientMachine, seconds: UInt32? = 100) throws -> Lease {
    let discover = try #require(sent(machine.expire(now: start)))
    let request = try #require(sent(machine.receive(reply(.offer, to: discover), now: start)))
    let actions = machine.receive(reply(.acknowledge, to: request, seconds: seconds), now: start)
    guard case .obtained(let lease)? = actions.first else { throw CancellationError() }
    return lease
  }

  @Test func `DISCOVER, OFFER, REQUEST, ACK, lease`() throws {
    var machine = machine()
    #expect(machine.deadline == start)
    let discover = try #require(sent(machine.expire(now: start)))
    #expect(discover.messageType == .discover && discover.clientAddress == .any)
    #expect(discover.options.text(.hostName) == "target")
    #expect(discover.options[.clientIdentifier] == [1, 2, 0, 0, 0, 0, 1])
    let request = try #require(sent(machine.receive(reply(.offer, to: discover), now: start)))
    #expect(request.messageType == .request && request.transactionID == discover.transactionID)
    #expect(request.options.address(.requestedAddress) == DHCPClientMachineTests.address)
    #expect(request.serverIdentifier == DHCPClientMachineTests.server)
    let actions = machine.receive(reply(.acknowledge, to: request), now: start + .seconds(1))
    let lease = try #require(machine.lease)
    #expect(actions == [.obtained(lease)])
    #expect(lease.address == DHCPClientMachineTests.address && lease.prefixLength == 16)
    #expect(lease.routers == [DHCPClientMachineTests.server] && lease.domainName == "lab.example")
    #expect(lease.obtainedAt == start)
    #expect(lease.times == Lease.Times(renewal: .seconds(50), rebinding: .seconds(84), expiry: .seconds(100)))
    #expect(machine.deadline == start + .seconds(50))
  }

  @Test func `Questions come fast enough for a fallback within seconds`() throws {
    var machine = machine()
    var times: [Duration] = []
    while let deadline = machine.deadline, deadline < start + .seconds(200) {
      #expect(machine.expire(now: deadline - .nanoseconds(1)).isEmpty)
      #expect(sent(machine.expire(now: deadline))?.messageType == .discover)
      times.append(deadline - start)
    }
    #expect(times == [0, 1, 2, 4, 6, 10, 18, 34, 66, 130, 194].map { .seconds($0) })
  }

  @Test func `Replies to others, proxies' offers and stray ACKs are ignored`() throws {
    var machine = machine()
    let discover = try #require(sent(machine.expire(now: start)))
    let strays = [
      reply(.offer, to: discover) { $0.transactionID &+= 1 },
      reply(.offer, to: discover) { $0.yourAddress = .any },
      reply(.offer, to: discover) { $0.options[.serverIdentifier] = nil },
      reply(.offer, to: discover) { $0.operation = .request },
      reply(.acknowledge, to: discover), reply(.refuse, to: discover),
    ]
    for stray in strays { #expect(machine.receive(stray, now: start).isEmpty) }
    let request = try #require(sent(machine.receive(reply(.offer, to: discover), now: start)))
    let otherServer = reply(.acknowledge, to: request) {
      $0.options.set(.serverIdentifier, addresses: [IPv4Address(10, 0, 0, 2)])
    }
    #expect(machine.receive(otherServer, now: start).isEmpty)
    #expect(machine.lease == nil)
  }

  @Test func `A refusal or silence after REQUEST begins anew`() throws {
    var refused = machine()
    let discover = try #require(sent(refused.expire(now: start)))
    let request = try #require(sent(refused.receive(reply(.offer, to: discover), now: start)))
    #expect(refused.receive(reply(.refuse, to: request), now: start).isEmpty)
    let again = try #require(sent(refused.expire(now: start + .seconds(1))))
    #expect(again.messageType == .discover && again.transactionID != discover.transactionID)

    var silent = machine()
    let question = try #require(sent(silent.expire(now: start)))
    _ = silent.receive(reply(.offer, to: question), now: start)
    var now = start
    for _ in 0..<2 {
      now += .seconds(1)
      #expect(sent(silent.expire(now: now))?.messageType == .request)
    }
    #expect(sent(silent.expire(now: now + .seconds(1))) == nil)
    #expect(sent(silent.expire(now: now + .seconds(2)))?.messageType == .discover)
  }

  @Test func `Renewal goes to the server, then to everyone, then the lease is lost`() throws {
    var machine = machine()
    let lease = try obtain(&machine)
    let renewal = machine.expire(now: start + .seconds(50))
    guard case .unicast(let packet, DHCPClientMachineTests.server)? = renewal.first else {
      Issue.record("no renewal: \(renewal)")
      return
    }
    #expect(packet.messageType == .request && packet.clientAddress == lease.address)
    #expect(packet.options[.requestedAddress] == nil && packet.options[.serverIdentifier] == nil)
    var kinds: [String] = []
    while let deadline = machine.deadline, deadline <= start + .seconds(100) {
      for action in machine.expire(now: deadline) {
        switch action {
        case .unicast: kinds.append("unicast")
        case .broadcast(let packet):
          kinds.append("broadcast")
          #expect(packet.clientAddress == lease.address)
        case .lost(lease): kinds.append("lost")
        case .lost, .obtained: kinds.append("?")
        }
      }
    }
    #expect(kinds.first == "unicast" && kinds.contains("broadcast") && kinds.last == "lost")
    #expect(
      kinds
        == kinds.sorted {
          ["unicast", "broadcast", "lost"].firstIndex(of: $0)! < ["unicast", "broadcast", "lost"].firstIndex(
            of: $1)!
        })
    #expect(machine.lease == nil)
  }

  @Test func `A renewal's answer prolongs the lease from the question's time`() throws {
    var machine = machine()
    _ = try obtain(&machine)
    let question = try #require(sent(machine.expire(now: start + .seconds(50))))
    let actions = machine.receive(reply(.acknowledge, to: question), now: start + .seconds(51))
    #expect(actions == [.obtained(try #require(machine.lease))])
    #expect(machine.lease?.obtainedAt == start + .seconds(50))
    #expect(machine.deadline == start + .seconds(100))
  }

  @Test func `A renewal refused, or granted with another address, loses the old one`() throws {
    var refused = machine()
    let lease = try obtain(&refused)
    var question = try #require(sent(refused.expire(now: start + .seconds(50))))
    #expect(refused.receive(reply(.refuse, to: question), now: start + .seconds(50)) == [.lost(lease)])
    var moved = machine()
    _ = try obtain(&moved)
    question = try #require(sent(moved.expire(now: start + .seconds(50))))
    let other = reply(.acknowledge, to: question) { $0.yourAddress = IPv4Address(10, 0, 0, 51) }
    let actions = moved.receive(other, now: start + .seconds(50))
    #expect(actions == [.lost(lease), .obtained(try #require(moved.lease))])
  }

  @Test func `An infinite lease is left alone`() throws {
    for seconds in [UInt32.max, nil] {
      var machine = machine()
      let lease = try obtain(&machine, seconds: seconds)
      #expect(lease.times == nil && machine.deadline == nil)
    }
  }

  @Test func `A lease taken over is renewed in its time, and can be given back`() throws {
    var first = machine()
    let lease = try obtain(&first)
    var keeper = machine(lease: lease)
    #expect(keeper.deadline == start + .seconds(50))
    let release = keeper.release(now: start)
    let packet = try #require(sent(release))
    #expect(packet.messageType == .release && packet.clientAddress == lease.address)
    #expect(packet.serverIdentifier == lease.server)
    #expect(release.last == .lost(lease) && keeper.deadline == nil)
  }

  @Test(arguments: [
    (0, 0, 0), (1, 2, 3), (100, 0, 0), (100, 100, 100), (100, 90, 10), (9, 1, 1), (4_294_967_294, 5, 7),
  ])
  func `Times are in order whatever the server says`(lease: UInt32, renewal: UInt32, rebinding: UInt32) throws
  {
    var options = DHCPOptions()
    options.set(.leaseTime, number: lease)
    options.set(.renewalTime, number: renewal)
    options.set(.rebindingTime, number: rebinding)
    let times = try #require(Lease.Times(options: options))
    #expect(times.renewal > .zero && times.renewal < times.rebinding && times.rebinding < times.expiry)
  }

  @Test func `Mutated replies never trap`() throws {
    var random = FixedRandom(state: 3)
    for _ in 0..<3000 {
      var machine = machine()
      var now = start
      var last = try #require(sent(machine.expire(now: now)))
      for _ in 0..<6 {
        let type: DHCPMessageType = [.offer, .acknowledge, .refuse].randomElement(using: &random) ?? .offer
        var bytes = reply(type, to: last, seconds: .random(in: 0...200, using: &random)).encoded()
        for _ in 0..<Int.random(in: 0...2, using: &random) {
          bytes[.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        guard let packet = try? DHCPPacket(decoding: bytes) else { continue }
        now += .seconds(Int.random(in: 0...60, using: &random))
        last = sent(machine.receive(packet, now: now)) ?? last
        last = sent(machine.expire(now: now)) ?? last
      }
    }
  }
}
