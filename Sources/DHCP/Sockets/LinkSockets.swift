import Linux

/// The sockets of one interface: ports 67 and 4011 and IPv6 router solicitations, bound to that interface alone.
final class LinkSockets: Sendable {
  let dhcp: UDPSocket
  let bootServer: UDPSocket
  /// nil where the kernel has no IPv6.
  private let routerSolicitations: RouterSolicitationSocket?
  /// Kept to notice when an interface of the same name is another one: a USB adapter plugged in anew.
  let interfaceIndex: UInt32?

  init(interface: String) throws(SystemError) {
    let index = NetworkInterface.index(of: interface)
    interfaceIndex = index
    routerSolicitations = index.flatMap { try? RouterSolicitationSocket(interface: interface, index: $0) }
    // Another DHCP server may live on this host, for other interfaces or, beside a proxy, for the same.
    dhcp = try UDPSocket(interface: interface, port: DHCPResponder.Port.dhcp.rawValue, isShared: true)
    bootServer = try UDPSocket(
      interface: interface, port: DHCPResponder.Port.bootServer.rawValue, isShared: true)
  }

  func number(of port: DHCPResponder.Port) -> Int32 {
    switch port {
    case .dhcp: dhcp.number
    case .bootServer: bootServer.number
    }
  }

  func receive(
    on port: DHCPResponder.Port, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> UDPSocket.Datagram? {
    switch port {
    case .dhcp: try dhcp.receive(into: buffer)
    case .bootServer: try bootServer.receive(into: buffer)
    }
  }

  func send(
    _ packet: DHCPPacket, from port: DHCPResponder.Port, local: IPv4Address, to address: IPv4Address,
    port target: UInt16
  ) throws(SystemError) {
    switch port {
    case .dhcp: try dhcp.send(packet.encoded(), to: address, port: target, from: local)
    case .bootServer: try bootServer.send(packet.encoded(), to: address, port: target, from: local)
    }
  }

  /// For `poll`.
  var solicitationNumber: Int32? { routerSolicitations?.number }

  /// Takes the IPv6 router solicitations that wait; with `answering` tells who asks that there is no router.
  func receiveSolicitations(answering: Bool) throws(SystemError) {
    guard routerSolicitations?.receive() == true, answering else { return }
    try routerSolicitations?.sendToAllNodes(RouterAdvertisement.noRouter)
  }
}
