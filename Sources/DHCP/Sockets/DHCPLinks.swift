import Glibc
import Linux
import Logging

/// The interfaces that a `DHCPServer` serves, used by its thread alone.
struct DHCPLinks {
  private struct Link {
    var responder: DHCPResponder
    /// nil while the service is off or the ports cannot be had.
    var sockets: LinkSockets?
  }

  /// Until the next attempt to open sockets that could not be opened.
  private static let retryTime = Duration.seconds(5)
  /// So many packets of one socket in a row, then the next socket has its turn.
  private static let burst = 64

  private var links: [String: Link] = [:]
  private var waiting: [String: LinkSockets]
  private let logger: Logger
  private let events: @Sendable (DHCPEvent) -> Void
  private var failures: [String: SystemError] = [:]

  /// - Parameter sockets: opened beforehand, taken over by the first `update`.
  init(
    sockets: [String: LinkSockets], logger: Logger, events: @escaping @Sendable (DHCPEvent) -> Void
  ) {
    waiting = sockets
    self.logger = logger
    self.events = events
  }

  /// Whether some interface has no sockets though it should.
  var isIncomplete: Bool { !failures.isEmpty }

  /// Opens, switches and closes as the services demand.
  mutating func update(_ services: [String: DHCPService]) {
    links = links.filter { services[$0.key] != nil }
    failures = failures.filter { services[$0.key] != nil }
    for (interface, service) in services {
      var link = links[interface] ?? Link(responder: DHCPResponder(interface: interface, service: service))
      link.responder.apply(service)
      let isStale = link.sockets?.interfaceIndex != NetworkInterface.index(of: interface)
      if service.mode == .off {
        link.sockets = nil
        failures[interface] = nil
      } else if link.sockets == nil || isStale {
        // Old ones first: they hold the ports.
        link.sockets = nil
        link.sockets = open(interface)
      }
      links[interface] = link
    }
    waiting = [:]
  }

  private mutating func open(_ interface: String) -> LinkSockets? {
    if let sockets = waiting.removeValue(forKey: interface) { return sockets }
    do throws(SystemError) {
      let sockets = try LinkSockets(interface: interface)
      failures[interface] = nil
      return sockets
    } catch {
      // Once per kind of failure: this is tried again and again.
      if failures[interface] != error {
        logger.error("DHCP is not served on \(interface): \(error); trying again")
      }
      failures[interface] = error
      return nil
    }
  }

  /// Waits for packets or for `wakeUp`, and answers what has come.
  mutating func serve(wakeUp: Int32) {
    var readers: [(interface: String, port: DHCPResponder.Port, sockets: LinkSockets)] = []
    for (interface, link) in links {
      guard let sockets = link.sockets else { continue }
      for port in DHCPResponder.Port.allCases { readers.append((interface, port, sockets)) }
    }
    let solicited = links.filter { $0.value.sockets?.solicitationNumber != nil }
    let numbers =
      readers.map { $0.sockets.number(of: $0.port) }
      + solicited.values.compactMap { $0.sockets?.solicitationNumber } + [wakeUp]
    let ready: [Bool]
    do {
      ready = try pollReadable(numbers, timeout: isIncomplete ? DHCPLinks.retryTime : nil)
    } catch {
      logger.error("DHCP: \(error)")
      // Out of kernel memory, most likely: give it time.
      _ = poll(nil, 0, 1000)
      return
    }
    // First what was changed: a packet may have come after it.
    if ready.last == true { return }
    for (reader, isReady) in zip(readers, ready) where isReady {
      drain(reader.sockets, reader.interface, reader.port)
    }
    for (link, isReady) in zip(solicited, ready.dropFirst(readers.count)) where isReady {
      answerSolicitations(link.key)
    }
  }

  /// Only as the network's DHCP server: beside another one, the network's routers speak for themselves.
  private func answerSolicitations(_ interface: String) {
    guard let link = links[interface] else { return }
    let isServer = if case .server = link.responder.service.mode { true } else { false }
    do {
      try link.sockets?.receiveSolicitations(answering: isServer)
    } catch {
      logger.debug("IPv6 on \(interface): \(error)")
    }
  }

  private mutating func drain(
    _ sockets: LinkSockets, _ interface: String, _ port: DHCPResponder.Port
  ) {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      for _ in 0..<DHCPLinks.burst {
        do {
          guard let datagram = try sockets.receive(on: port, into: buffer) else { return }
          answer(datagram, sockets, interface, port)
        } catch {
          logger.warning("DHCP on \(interface): \(error)")
          return
        }
      }
    }
  }

  private mutating func answer(
    _ datagram: UDPSocket.Datagram, _ sockets: LinkSockets, _ interface: String, _ port: DHCPResponder.Port
  ) {
    let packet: DHCPPacket
    do {
      packet = try DHCPPacket(decoding: datagram.bytes)
    } catch {
      logger.debug("DHCP on \(interface): ignoring a packet from \(datagram.source): \(error)")
      return
    }
    guard let local = links[interface]?.responder.service.address else { return }
    let source = DHCPResponder.Source(address: datagram.source, port: datagram.sourcePort)
    let actions = links[interface]?.responder.receive(packet, on: port, from: source, now: .now) ?? []
    for action in actions {
      switch action {
      case .send(let reply, let from, let address, let target):
        do {
          try sockets.send(reply, from: from, local: local, to: address, port: target)
        } catch {
          logger.warning("DHCP on \(interface): \(error)")
        }
      case .report(let event):
        logger.info("\(event)")
        events(event)
      }
    }
  }
}
