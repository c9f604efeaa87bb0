import Linux

extension DHCPResponder {
  /// Port 67 as the network's DHCP server, and an authoritative one (RFC 2131 4.3).
  mutating func answerAsServer(_ context: inout Context, now: Instant) -> [Action] {
    guard let table = leases else { return [] }
    let packet = context.packet
    // A relay from another network wants addresses that this pool does not have.
    let network = service.address.network(prefixLength: table.pool.prefixLength)
    guard
      packet.relayAddress == .any
        || packet.relayAddress.network(prefixLength: table.pool.prefixLength) == network
    else { return [] }
    let client = LeaseTable.Client(packet: packet)
    switch context.type {
    case .discover: return discover(&context, client, now: now)
    case .request: return request(&context, client, now: now)
    case .inform: return inform(&context, now: now)
    case .release:
      let released = leases?.release(packet.clientAddress, by: client, now: now) ?? false
      return released ? [event(context, .released(packet.clientAddress))] : []
    case .decline:
      guard packet.serverIdentifier == service.address,
        let address = packet.options.address(.requestedAddress),
        leases?.decline(address, by: client, now: now) == true
      else { return [] }
      return [event(context, .declined(address))]
    case .offer, .acknowledge, .refuse: return []
    }
  }

  private mutating func discover(
    _ context: inout Context, _ client: LeaseTable.Client, now: Instant
  ) -> [Action] {
    let requested = context.packet.options.address(.requestedAddress)
    guard let address = leases?.offer(to: client, requested: requested, now: now) else {
      return [event(context, .poolExhausted)]
    }
    decide(&context, now: now)
    return lease(address, .offer, context)
  }

  private mutating func request(
    _ context: inout Context, _ client: LeaseTable.Client, now: Instant
  ) -> [Action] {
    let packet = context.packet
    if let server = packet.serverIdentifier, server != service.address {
      leases?.withdrawOffer(to: client, now: now)
      return [event(context, .choseServer(server))]
    }
    // SELECTING and INIT-REBOOT name the address in option 50, RENEWING and REBINDING in ciaddr.
    let wanted = packet.options.address(.requestedAddress) ?? packet.clientAddress
    guard wanted != .any else { return [] }
    // A client unknown to us gets what it had if that is free: this server forgets at each start.
    guard leases?.bind(wanted, to: client, now: now) == true else {
      return mayRefuse(wanted, packet) ? refuse(wanted, context) : []
    }
    decide(&context, now: now)
    return lease(wanted, .acknowledge, context)
  }

  /// Whether a refusal is ours to give: to who chose us, and for addresses of our own network. Others may be leases of
  /// another server on the same cable, which a broadcast refusal would take off the network; RFC 2131 4.3.2 wants it
  /// only of a server that knows better, and a client that moved here gives up asking soon.
  private func mayRefuse(_ address: IPv4Address, _ packet: DHCPPacket) -> Bool {
    guard packet.serverIdentifier == nil, let pool = leases?.pool else { return true }
    return address.network(prefixLength: pool.prefixLength)
      == service.address.network(prefixLength: pool.prefixLength)
  }

  private func refuse(_ address: IPv4Address, _ context: Context) -> [Action] {
    let isOurs = leases?.pool.contains(address, server: service.address) ?? false
    let reason =
      isOurs
      ? "another machine has it" : "it is outside of the range that \(service.address) hands out"
    var reply = reply(to: context.packet, type: .refuse)
    reply.options.set(.message, text: reason)
    // RFC 2131 4.1: a refused client must not trust its address, so broadcast.
    return [
      send(reply, to: context.packet, broadcast: true), event(context, .addressRefused(address, reason)),
    ]
  }

  /// RFC 2131 4.3.5: everything but an address and its times.
  private mutating func inform(_ context: inout Context, now: Instant) -> [Action] {
    let packet = context.packet
    let client = packet.clientAddress == .any ? context.source.address : packet.clientAddress
    guard client != .any else { return [] }
    decide(&context, now: now)
    var reply = reply(to: packet, type: .acknowledge)
    reply.clientAddress = packet.clientAddress
    writeNetwork(into: &reply, packet)
    context.answer.write(
      into: &reply, request: packet, client: context.client, server: service.address, place: .lease)
    return [
      .send(reply, from: .dhcp, to: client, port: DHCPResponder.clientPort),
      event(context, .acknowledged(nil, context.answer)),
    ]
  }

  private func lease(_ address: IPv4Address, _ type: DHCPMessageType, _ context: Context) -> [Action] {
    let packet = context.packet
    var reply = reply(to: packet, type: type)
    reply.yourAddress = address
    if type == .acknowledge { reply.clientAddress = packet.clientAddress }
    writeTimes(into: &reply)
    writeNetwork(into: &reply, packet)
    context.answer.write(
      into: &reply, request: packet, client: context.client, server: service.address, place: .lease)
    let step: DHCPEvent.Step =
      type == .offer ? .offered(address, context.answer) : .acknowledged(address, context.answer)
    var actions = [send(reply, to: packet), event(context, step)]
    // It still gets an address: it may be a machine that boots from its own disk next.
    if case .refused(let reason) = context.answer { actions.append(event(context, .refused(reason))) }
    return actions
  }

  private func writeTimes(into reply: inout DHCPPacket) {
    guard let pool = leases?.pool else { return }
    reply.options.set(.leaseTime, number: pool.leaseSeconds ?? .max)
    guard let seconds = pool.leaseSeconds else { return }
    reply.options.set(.renewalTime, number: seconds / 2)
    reply.options.set(.rebindingTime, number: seconds / 8 * 7)
  }

  private func writeNetwork(into reply: inout DHCPPacket, _ packet: DHCPPacket) {
    guard let pool = leases?.pool else { return }
    let mask = IPv4Address.mask(prefixLength: pool.prefixLength)
    let broadcast = service.address.directedBroadcast(prefixLength: pool.prefixLength)
    reply.options.set(.subnetMask, addresses: [mask])
    reply.options.set(.broadcastAddress, addresses: [broadcast])
    reply.options.set(.router, addresses: pool.routers)
    reply.options.set(.domainNameServer, addresses: pool.domainNameServers)
    reply.options.set(.ntpServers, addresses: pool.ntpServers)
    if let name = pool.domainName { reply.options.set(.domainName, text: name) }
    // RFC 6842: clients tell their replies from others' by it.
    reply.options[.clientIdentifier] = packet.options[.clientIdentifier]
  }
}
