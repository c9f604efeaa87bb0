import Linux

/// Answers the packets of one interface: pure decisions, fed by `DHCPServer`.
public struct DHCPResponder: Sendable {
  public typealias Instant = ContinuousClock.Instant

  /// The two ports a PXE server listens on.
  public enum Port: UInt16, Hashable, Sendable, CaseIterable {
    case dhcp = 67
    /// "Boot server" or "BINL".
    case bootServer = 4011
  }

  /// Where a packet came from.
  public struct Source: Hashable, Sendable {
    public var address: IPv4Address
    public var port: UInt16

    public init(address: IPv4Address, port: UInt16) {
      self.address = address
      self.port = port
    }
  }

  public enum Action: Hashable, Sendable {
    /// Send the packet from `from` to `address` and `port`.
    case send(DHCPPacket, from: Port, to: IPv4Address, port: UInt16)
    case report(DHCPEvent)
  }

  static let clientPort: UInt16 = 68

  public let interface: String
  public internal(set) var service: DHCPService
  var leases: LeaseTable?
  private var chains = ChainMemory()

  public init(interface: String, service: DHCPService) {
    self.interface = interface
    self.service = service
    apply(service)
  }

  /// Switches the service; leases that fit the new pool are kept.
  public mutating func apply(_ service: DHCPService) {
    self.service = service
    guard case .server(let pool) = service.mode else { return }
    if leases == nil { leases = LeaseTable(pool: pool, server: service.address) }
    leases?.change(pool: pool, server: service.address)
  }

  /// Answers one packet that came to `port`.
  public mutating func receive(
    _ packet: DHCPPacket, on port: Port, from source: Source, now: Instant
  ) -> [Action] {
    guard packet.operation == .request, let type = packet.messageType else { return [] }
    var context = Context(packet: packet, type: type, client: BootClient(packet: packet), source: source)
    switch (service.mode, port) {
    case (.off, _): return []
    case (_, .bootServer):
      guard type == .request || type == .inform || type == .discover else { return [] }
      decide(&context, now: now)
      return answerBootServer(context)
    case (.proxy, .dhcp):
      return answerAsProxy(&context, now: now)
    case (.server, .dhcp):
      return answerAsServer(&context, now: now)
    }
  }

  /// One request on its way to an answer.
  struct Context {
    let packet: DHCPPacket
    let type: DHCPMessageType
    let client: BootClient
    let source: Source
    var answer = BootAnswer.nothing
  }

  /// Chooses the boot answer; not before the packet is known to be for us, because it may use up the one chain.
  mutating func decide(_ context: inout Context, now: Instant) {
    let packet = context.packet
    context.answer = service.bootFiles.answer(to: context.client, server: service.address) {
      chains.mayChain(packet, now: now)
    }
    switch context.answer {
    case .loader, .httpLoader: chains.note(packet, now: now)
    case .nothing, .chain, .script, .refused: break
    }
  }

  func event(_ context: Context, _ step: DHCPEvent.Step) -> Action {
    let packet = context.packet
    let address: IPv4Address?
    switch step {
    case .offered(.some(let given), _), .acknowledged(.some(let given), _): address = given
    case .choseServer: address = packet.options.address(.requestedAddress)
    default: address = packet.clientAddress == .any ? nil : packet.clientAddress
    }
    return .report(DHCPEvent(interface: interface, client: context.client, address: address, step: step))
  }

  /// The parts every reply has.
  func reply(to packet: DHCPPacket, type: DHCPMessageType) -> DHCPPacket {
    var reply = DHCPPacket(
      operation: .reply, transactionID: packet.transactionID, hardwareAddress: packet.hardwareAddress)
    reply.messageType = type
    reply.wantsBroadcast = packet.wantsBroadcast
    reply.relayAddress = packet.relayAddress
    reply.options.set(.serverIdentifier, addresses: [service.address])
    return reply
  }

  /// Sends a reply on port 67: to the relay, to the client's address, or to everyone (RFC 2131 4.1).
  ///
  /// Unicast to an address that the client does not have yet would need a forged ARP entry: broadcast reaches all.
  func send(_ reply: DHCPPacket, to packet: DHCPPacket, broadcast: Bool = false) -> Action {
    var reply = reply
    // RFC 3046 2.2: last of all options.
    reply.options[.relayAgentInformation] = packet.options[.relayAgentInformation]
    if packet.relayAddress != .any {
      return .send(reply, from: .dhcp, to: packet.relayAddress, port: Port.dhcp.rawValue)
    }
    if packet.clientAddress != .any, !broadcast {
      return .send(reply, from: .dhcp, to: packet.clientAddress, port: DHCPResponder.clientPort)
    }
    reply.wantsBroadcast = true
    return .send(reply, from: .dhcp, to: .broadcast, port: DHCPResponder.clientPort)
  }
}
