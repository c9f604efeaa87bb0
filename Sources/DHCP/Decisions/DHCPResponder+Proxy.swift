import Linux

extension DHCPResponder {
  /// Port 67 beside another server: boot information for who asks for it, at once, since iPXE waits only 2 s.
  mutating func answerAsProxy(_ context: inout Context, now: Instant) -> [Action] {
    let packet = context.packet
    guard context.type == .discover else {
      // A REQUEST is for who gives addresses; what can be learnt from it is who that is.
      guard context.type == .request, context.client.stage != .ordinary,
        let server = packet.serverIdentifier, server != service.address
      else { return [] }
      return [event(context, .choseServer(server))]
    }
    decide(&context, now: now)
    switch context.answer {
    case .nothing: return []
    case .refused(let reason): return [event(context, .refused(reason))]
    default: break
    }
    var reply = reply(to: packet, type: .offer)
    context.answer.write(
      into: &reply, request: packet, client: context.client, server: service.address, place: .proxy)
    return [send(reply, to: packet, broadcast: true), event(context, .offered(nil, context.answer))]
  }

  /// Port 4011: UEFI, and BIOS ROMs that look for a boot server, ask here after they have an address.
  ///
  /// The answer goes to where the question came from: UEFI asks from port 4011, ROMs from 68.
  func answerBootServer(_ context: Context) -> [Action] {
    switch context.answer {
    case .nothing: return []
    case .refused(let reason): return [event(context, .refused(reason))]
    default: break
    }
    let packet = context.packet
    var reply = reply(to: packet, type: .acknowledge)
    reply.clientAddress = packet.clientAddress
    context.answer.write(
      into: &reply, request: packet, client: context.client, server: service.address, place: .bootServer)
    let target = context.source.address == .any ? .broadcast : context.source.address
    return [
      .send(reply, from: .bootServer, to: target, port: context.source.port),
      event(context, .acknowledged(nil, context.answer)),
    ]
  }
}
