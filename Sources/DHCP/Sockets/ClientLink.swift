import Glibc
import Linux

/// The DHCP client's end of one interface, used by one thread.
struct ClientLink: ~Copyable {
  private let packets: PacketSocket
  private let interface: String
  private var machine: DHCPClientMachine
  /// Open while a renewal is under way, so that the kernel does not tell the server that port 68 is closed.
  private var unicast: UDPSocket?

  /// - Throws: `SystemError` if there is no such interface or sockets cannot be had.
  static func open(interface: String, hostName: String?, lease: Lease?) throws(SystemError) -> ClientLink {
    let hardwareAddress = HardwareAddress(bytes: try NetworkInterface.hardwareAddress(of: interface))
    let packets = try PacketSocket(interface: interface, port: DHCPResponder.clientPort)
    let machine = DHCPClientMachine(
      hardwareAddress: hardwareAddress, hostName: hostName, lease: lease,
      transactionID: .random(in: .min ... .max), now: .now)
    return ClientLink(interface: interface, packets: packets, machine: machine)
  }

  private init(interface: String, packets: consuming PacketSocket, machine: DHCPClientMachine) {
    self.interface = interface
    self.packets = packets
    self.machine = machine
  }

  /// Does what is due, then waits for packets, the machine's next deadline, `limit`, or `wakeUp`.
  ///
  /// - Returns: leases obtained and lost, in their order.
  mutating func step(limit: ContinuousClock.Instant?, wakeUp: Int32) throws(SystemError) -> [DHCPClientMachine
    .Action]
  {
    var changes = perform(machine.expire(now: .now))
    if !changes.isEmpty { return changes }
    let next = [machine.deadline, limit].compactMap { $0 }.min()
    let ready = try pollReadable([packets.number, wakeUp], timeout: next.map { $0 - .now })
    guard ready[0] else { return changes }
    while let bytes = receive() {
      guard let datagram = IPv4UDPPacket(decoding: bytes),
        let packet = try? DHCPPacket(decoding: datagram.payload)
      else { continue }
      changes += perform(machine.receive(packet, now: .now))
    }
    return changes
  }

  /// Tells the server that the lease is no longer needed.
  mutating func release() { _ = perform(machine.release(now: .now)) }

  /// nil when nothing is waiting; a link that went down is only silent.
  private func receive() -> [UInt8]? { (try? packets.receive()) ?? nil }

  private mutating func perform(_ actions: [DHCPClientMachine.Action]) -> [DHCPClientMachine.Action] {
    var changes: [DHCPClientMachine.Action] = []
    for action in actions {
      switch action {
      case .broadcast(let packet):
        let datagram = IPv4UDPPacket(
          source: packet.clientAddress, sourcePort: DHCPResponder.clientPort, destination: .broadcast,
          destinationPort: DHCPResponder.Port.dhcp.rawValue, payload: packet.encoded())
        // A failure (no carrier yet) is like a packet lost on the way: the machine sends again.
        try? packets.broadcast(datagram.encoded())
      case .unicast(let packet, let server):
        try? sendUnicast(packet, to: server)
      case .obtained, .lost:
        unicast = nil
        changes.append(action)
      }
    }
    return changes
  }

  private mutating func sendUnicast(_ packet: DHCPPacket, to server: IPv4Address) throws(SystemError) {
    unicast = nil
    let socket = try UDPSocket(
      interface: interface, address: packet.clientAddress, port: DHCPResponder.clientPort, isShared: true)
    try socket.send(packet.encoded(), to: server, port: DHCPResponder.Port.dhcp.rawValue)
    unicast = consume socket
  }
}
