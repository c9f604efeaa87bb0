import Linux
import Testing

@testable import DHCP

/// The full server's dialogues (RFC 2131 3.1 and 4.3).
@Suite struct ServerDialogueTests {
  private static let first = IPv4Address(192, 168, 77, 100)

  private static func ordinary(
    _ type: DHCPMessageType, mac: UInt8 = 1, change: (inout DHCPPacket) -> Void = { _ in }
  ) throws -> DHCPPacket {
    var packet = DHCPPacket(
      operation: .request, transactionID: 5, hardwareAddress: HardwareAddress(bytes: [2, 0, 0, 0, 0, mac]))
    packet.messageType = type
    change(&packet)
    return packet
  }

  private static func request(_ address: IPv4Address, mac: UInt8 = 1, server: IPv4Address? = Bench.address)
    throws
    -> DHCPPacket
  {
    try ordinary(.request, mac: mac) { packet in
      packet.options.set(.requestedAddress, addresses: [address])
      packet.options.set(.serverIdentifier, addresses: server.map { [$0] } ?? [])
    }
  }

  @Test func `DISCOVER, OFFER, REQUEST, ACK`() throws {
    var bench = Bench()
    let offer = try #require(bench.give(try ServerDialogueTests.ordinary(.discover)).packet)
    #expect(offer.messageType == .offer && offer.transactionID == 5)
    let answer = bench.give(try ServerDialogueTests.request(offer.yourAddress))
    let ack = try #require(answer.packet)
    #expect(ack.messageType == .acknowledge && ack.yourAddress == offer.yourAddress)
    #expect(ack.options.number(.leaseTime) == .max)
    #expect(ack.options[.renewalTime] == nil && ack.options[.rebindingTime] == nil)
    #expect(ack.options.address(.subnetMask) == IPv4Address(255, 255, 255, 0))
    #expect(ack.options.address(.broadcastAddress) == IPv4Address(192, 168, 77, 255))
    #expect(ack.options[.router] == nil && ack.options[.domainNameServer] == nil)
    #expect(ack.nextServer == .any && ack.bootFile.isEmpty)
    #expect(answer.sent[0].address == .broadcast && ack.wantsBroadcast)
    #expect(answer.steps == [.acknowledged(ack.yourAddress, .nothing)])
  }

  @Test func `Everything configured is handed out`() throws {
    var pool = Bench.pool
    pool.leaseSeconds = 3600
    pool.routers = [Bench.address]
    pool.domainNameServers = [IPv4Address(9, 9, 9, 9), IPv4Address(1, 1, 1, 1)]
    pool.ntpServers = [IPv4Address(192, 168, 77, 2)]
    pool.domainName = "lab.example"
    var bench = Bench(.server(pool))
    let identifier: [UInt8] = [0, 1, 2, 3]
    let discover = try ServerDialogueTests.ordinary(.discover) { $0.options[.clientIdentifier] = identifier }
    let options = try #require(bench.give(discover).packet).options
    #expect(options.number(.leaseTime) == 3600)
    #expect(options.number(.renewalTime) == 1800 && options.number(.rebindingTime) == 3150)
    #expect(options.addresses(.router) == [Bench.address])
    #expect(options.addresses(.domainNameServer) == pool.domainNameServers)
    #expect(options.addresses(.ntpServers) == pool.ntpServers)
    #expect(options.text(.domainName) == "lab.example")
    #expect(options[.clientIdentifier] == identifier)
  }

  @Test func `ROM, iPXE and system of one machine share its address`() throws {
    var bench = Bench()
    var addresses: Set<IPv4Address> = []
    for identifier in [nil, [0] + Array(repeating: 7, count: 16), [1, 2, 0, 0, 0, 0, 1]] as [[UInt8]?] {
      let packet = try ServerDialogueTests.ordinary(.discover) { $0.options[.clientIdentifier] = identifier }
      addresses.insert(try #require(bench.give(packet).packet).yourAddress)
    }
    #expect(addresses.count == 1)
  }

  @Test func `A client unknown after a restart keeps its address`() throws {
    var bench = Bench()
    let rebooted = try ServerDialogueTests.request(ServerDialogueTests.first, server: nil)
    #expect(bench.give(rebooted).packet?.messageType == .acknowledge)
    let renewing = try ServerDialogueTests.ordinary(.request, mac: 2) {
      $0.clientAddress = IPv4Address(192, 168, 77, 101)
    }
    let answer = bench.give(renewing)
    #expect(answer.packet?.messageType == .acknowledge)
    #expect(answer.sent[0].address == IPv4Address(192, 168, 77, 101))
    #expect(answer.packet?.clientAddress == IPv4Address(192, 168, 77, 101))
  }

  @Test func `Who chose us or has an address of our network is refused another's, to everyone`() throws {
    var bench = Bench()
    _ = bench.give(try ServerDialogueTests.request(ServerDialogueTests.first, server: nil))
    let wanted = [ServerDialogueTests.first, IPv4Address(10, 1, 1, 1), Bench.address]
    for address in wanted {
      for server in [Bench.address, nil] {
        var packet = try ServerDialogueTests.request(address, mac: 2, server: server)
        packet.clientAddress = address
        let answer = bench.give(packet)
        // The lease of another server on the same cable, for all that is known here.
        if server == nil, address == IPv4Address(10, 1, 1, 1) {
          #expect(answer.sent.isEmpty && answer.steps.isEmpty)
          continue
        }
        #expect(answer.packet?.messageType == .refuse)
        #expect(answer.packet?.yourAddress == .any)
        #expect(answer.packet?.options[.message]?.isEmpty == false)
        #expect(answer.sent.first?.address == .broadcast)
      }
    }
  }

  @Test func `A request without an address is not answered`() throws {
    var bench = Bench()
    #expect(bench.give(try ServerDialogueTests.ordinary(.request)).sent.isEmpty)
  }

  @Test func `The pool's end is reported`() throws {
    var bench = Bench()
    for mac in 1...3 as ClosedRange<UInt8> {
      #expect(bench.give(try ServerDialogueTests.ordinary(.discover, mac: mac)).packet != nil)
    }
    let answer = bench.give(try ServerDialogueTests.ordinary(.discover, mac: 4))
    #expect(answer.sent.isEmpty && answer.steps == [.poolExhausted])
  }

  @Test func `Released and declined addresses`() throws {
    var bench = Bench()
    _ = bench.give(try ServerDialogueTests.request(ServerDialogueTests.first, server: nil))
    let release = try ServerDialogueTests.ordinary(.release) { $0.clientAddress = ServerDialogueTests.first }
    #expect(bench.give(release).steps == [.released(ServerDialogueTests.first)])
    var decline = try ServerDialogueTests.request(ServerDialogueTests.first)
    decline.messageType = .decline
    #expect(bench.give(decline).steps == [.declined(ServerDialogueTests.first)])
    let offer = bench.give(try ServerDialogueTests.ordinary(.discover)).packet
    #expect(offer?.yourAddress != ServerDialogueTests.first)
  }

  @Test func `INFORM gets everything but an address`() throws {
    var bench = Bench()
    let client = IPv4Address(192, 168, 77, 9)
    let inform = try ServerDialogueTests.ordinary(.inform) { $0.clientAddress = client }
    let answer = bench.give(inform, from: client)
    let ack = try #require(answer.packet)
    #expect(answer.sent[0].address == client && answer.sent[0].port == 68)
    #expect(ack.messageType == .acknowledge && ack.yourAddress == .any)
    #expect(ack.options[.leaseTime] == nil && ack.options[.subnetMask] != nil)
  }

  @Test func `Through a relay of our own network`() throws {
    var bench = Bench()
    let relayed = try ServerDialogueTests.ordinary(.discover) {
      $0.relayAddress = IPv4Address(192, 168, 77, 5)
      $0.options[.relayAgentInformation] = [1, 2, 3, 4]
    }
    let answer = bench.give(relayed)
    #expect(answer.sent[0].address == IPv4Address(192, 168, 77, 5) && answer.sent[0].port == 67)
    #expect(answer.packet?.relayAddress == IPv4Address(192, 168, 77, 5))
    #expect(answer.packet?.options.codes.last == .relayAgentInformation)
    let foreign = try ServerDialogueTests.ordinary(.discover) { $0.relayAddress = IPv4Address(10, 0, 0, 5) }
    #expect(bench.give(foreign).sent.isEmpty)
  }

  @Test func `Replies and plain BOOTP are not answered`() throws {
    var bench = Bench()
    var reply = try ServerDialogueTests.ordinary(.discover)
    reply.operation = .reply
    #expect(bench.give(reply).sent.isEmpty)
    #expect(bench.give(try ServerDialogueTests.ordinary(.discover) { $0.messageType = nil }).sent.isEmpty)
    for type in [DHCPMessageType.offer, .acknowledge, .refuse] {
      #expect(bench.give(try ServerDialogueTests.ordinary(type)).sent.isEmpty)
    }
  }

  @Test func `Leases outlive a switch to proxy and back`() throws {
    var bench = Bench()
    let address = try #require(bench.give(try ServerDialogueTests.ordinary(.discover)).packet).yourAddress
    _ = bench.give(try ServerDialogueTests.request(address))
    var service = bench.responder.service
    service.mode = .proxy
    bench.responder.apply(service)
    #expect(bench.give(try ServerDialogueTests.ordinary(.discover)).sent.isEmpty)
    service.mode = .server(Bench.pool)
    bench.responder.apply(service)
    #expect(bench.give(try ServerDialogueTests.request(address, mac: 2)).packet?.messageType == .refuse)
  }
}
