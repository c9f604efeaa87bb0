import Glibc
import Linux
import Logging

/// A socket that requests come to.
final class TFTPListener: Sendable {
  let socket: UDPSocket
  init(socket: consuming UDPSocket) { self.socket = socket }
}

/// The transfers under way, used by the thread of a `TFTPServer` alone.
struct TFTPTransfers {
  private typealias Instant = ContinuousClock.Instant

  private struct Peer: Hashable {
    var address: IPv4Address
    var port: UInt16
  }

  private struct Running {
    var transfer: TFTPTransfer
    let socket: TFTPListener
    let path: String
    let started: Instant
  }

  /// Transfers at a time; more requests are left unanswered, so that the client asks again.
  private static let capacity = 256
  /// Of one client: a broken one must not take all.
  private static let capacityPerClient = 16
  /// Packets of one socket in a row, then the next socket has its turn.
  private static let burst = 64

  private let listeners: [TFTPListener]
  private let files: any TFTPFileProvider
  private let logger: Logger
  private let events: @Sendable (TFTPEvent) -> Void
  private var running: [Peer: Running] = [:]

  init(
    listeners: [TFTPListener], files: any TFTPFileProvider, logger: Logger,
    events: @escaping @Sendable (TFTPEvent) -> Void
  ) {
    self.listeners = listeners
    self.files = files
    self.logger = logger
    self.events = events
  }

  /// Waits for packets, for a deadline or for `wakeUp`, and does what is due.
  mutating func serve(wakeUp: Int32) {
    let peers = Array(running.keys)
    let numbers = listeners.map { $0.socket.number } + peers.compactMap { running[$0]?.socket.socket.number }
    let timeout = running.values.map { $0.transfer.deadline }.min().map { $0 - .now }
    let ready: [Bool]
    do {
      ready = try pollReadable(numbers + [wakeUp], timeout: timeout)
    } catch {
      logger.error("TFTP: \(error)")
      // Out of kernel memory, most likely: give it time.
      _ = poll(nil, 0, 1000)
      return
    }
    withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
      for (listener, isReady) in zip(listeners, ready) where isReady { accept(listener, buffer) }
      for (peer, isReady) in zip(peers, ready.dropFirst(listeners.count)) where isReady {
        receive(peer, buffer)
      }
    }
    let now = Instant.now
    for (peer, entry) in running where entry.transfer.deadline <= now {
      perform(running[peer]?.transfer.expire(now: now) ?? [], for: peer)
    }
  }

  // MARK: - Requests

  private mutating func accept(_ listener: TFTPListener, _ buffer: UnsafeMutableRawBufferPointer) {
    for _ in 0..<TFTPTransfers.burst {
      do {
        guard let datagram = try listener.socket.receive(into: buffer) else { return }
        request(datagram)
      } catch {
        logger.warning("TFTP: \(error)")
        return
      }
    }
  }

  private mutating func request(_ datagram: UDPSocket.Datagram) {
    let peer = Peer(address: datagram.source, port: datagram.sourcePort)
    switch TFTPPacket(decoding: datagram.bytes) {
    case .read(let request): read(request, peer, datagram)
    case .write(let request):
      report(peer, request.name, .refused("this server only reads"))
      refuse(peer, datagram, .accessViolation, "this server is read-only")
    case .data, .acknowledge, .error, .optionAcknowledge, nil: break
    }
  }

  private mutating func read(_ request: TFTPRequest, _ peer: Peer, _ datagram: UDPSocket.Datagram) {
    // The client repeats its request because our answer was lost: the transfer's own timer repeats that.
    guard running[peer] == nil else { return }
    guard request.mode == "octet" || request.mode == "netascii" else {
      report(peer, request.name, .refused("mode \(request.mode) is not served"))
      return refuse(peer, datagram, .illegalOperation, "only the modes octet and netascii are served")
    }
    let local = TFTPTransfers.local(datagram)
    guard let path = TFTPFileName.normalized(request.name),
      let content = files.file(TFTPFileRequest(path: path, client: peer.address, server: local))
    else {
      report(peer, TFTPFileName.normalized(request.name) ?? request.name, .notFound)
      return refuse(peer, datagram, .fileNotFound, "no such file")
    }
    let ofClient = running.keys.count { $0.address == peer.address }
    guard running.count < TFTPTransfers.capacity, ofClient < TFTPTransfers.capacityPerClient else {
      return report(peer, path, .refused("too many transfers at a time; the client will ask again"))
    }
    do {
      let socket = try UDPSocket(address: local, port: 0)
      try socket.connect(to: peer.address, port: peer.port)
      let now = Instant.now
      let mtu = NetworkInterface.mtu(ofIndex: datagram.interfaceIndex) ?? 1500
      let transfer = TFTPTransfer(request: request, content: content, mtu: mtu, now: now)
      running[peer] = Running(
        transfer: transfer, socket: TFTPListener(socket: socket), path: path, started: now)
      report(peer, path, .started(size: transfer.size))
      perform(running[peer]?.transfer.start(now: now) ?? [], for: peer)
    } catch {
      report(peer, path, .refused("\(error)"))
    }
  }

  /// From a port of its own, as every answer (RFC 1350 4).
  private func refuse(
    _ peer: Peer, _ datagram: UDPSocket.Datagram, _ code: TFTPErrorCode, _ message: String
  ) {
    do {
      let socket = try UDPSocket(address: TFTPTransfers.local(datagram), port: 0)
      try socket.send(
        TFTPPacket.error(code, message: message).encoded(), to: peer.address, port: peer.port)
    } catch {
      logger.warning("TFTP: \(error)")
    }
  }

  /// The address the client asked, to answer from; a broadcast one is not ours.
  private static func local(_ datagram: UDPSocket.Datagram) -> IPv4Address {
    datagram.destination == .broadcast ? .any : datagram.destination
  }

  // MARK: - Transfers

  /// One packet: there is rarely a second one, and asking for it costs as much as being woken again.
  private mutating func receive(_ peer: Peer, _ buffer: UnsafeMutableRawBufferPointer) {
    guard let socket = running[peer]?.socket else { return }
    do throws(SystemError) {
      guard let datagram = try socket.socket.receive(into: buffer),
        let packet = TFTPPacket(decoding: datagram.bytes)
      else { return }
      perform(running[peer]?.transfer.receive(packet, now: .now) ?? [], for: peer)
    } catch {
      if error.errno == ECONNREFUSED {
        perform(running[peer]?.transfer.peerIsGone() ?? [], for: peer)
      } else {
        finish(peer, .aborted(.undefined, "\(error)"))
      }
    }
  }

  private mutating func perform(_ actions: [TFTPTransfer.Action], for peer: Peer) {
    for action in actions {
      switch action {
      case .send(let packet):
        do {
          try running[peer]?.socket.socket.send(packet.encoded())
        } catch {
          // Like a packet lost on the way: it is sent again, unless the client is gone.
          logger.debug("TFTP to \(peer.address): \(error)")
        }
      case .finish(let outcome): finish(peer, outcome)
      }
    }
  }

  private mutating func finish(_ peer: Peer, _ outcome: TFTPTransfer.Outcome) {
    guard let entry = running.removeValue(forKey: peer) else { return }
    switch outcome {
    case .completed:
      report(peer, entry.path, .completed(size: entry.transfer.size, duration: .now - entry.started))
    case .probed: report(peer, entry.path, .probed)
    case .aborted(let code, let message):
      report(peer, entry.path, .aborted(message.isEmpty ? "error \(code.rawValue)" : message))
    case .timedOut: report(peer, entry.path, .timedOut(bytes: entry.transfer.bytesAcknowledged))
    }
  }

  private func report(_ peer: Peer, _ path: String, _ step: TFTPEvent.Step) {
    let event = TFTPEvent(client: peer.address, path: path, step: step)
    logger.info("\(event)")
    events(event)
  }
}
