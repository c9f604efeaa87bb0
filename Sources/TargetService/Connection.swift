import BlockStore
import Glibc
import ISCSI
import Linux

/// A TCP connection: its buffers, its login, and then its session.
final class Connection {
  let index: Int
  let serial: UInt64
  /// Address of the initiator, without its port.
  let peer: String
  /// `address:port,tag` that the initiator has reached, for SendTargets.
  let portal: String
  unowned(unsafe) let thread: RingThread
  let context: TargetContext

  /// Receive buffer: holds the largest PDU several times over.
  static let inputCapacity = 1 << 20
  /// Send buffer: larger ones fall out of the cache, smaller ones hinder large reads.
  static let outputCapacity = 1 << 20
  /// Room in the send buffer that only answers without data may use, so that they always fit.
  static let reserve = 65_536

  var output: MirroredBuffer
  private var input: MirroredBuffer
  private let socket: OwnedDescriptor
  var framing: Framing
  private var login: LoginPhase
  private(set) var session: Session?

  var isDirty = false
  private var isReceiving = false
  private var isSending = false
  /// Bytes of the output that the send under way covers.
  private var isStalled = false
  private var isClosing = false
  private var closesWhenSent: String?
  private var closesWhenIdle = false
  private let openedAt: UInt64
  private var diskRequests = 0
  private var awaitsDecision = false
  /// The initiator closed its side: take what is in the buffer, then end.
  private var isAtEnd = false

  init(_ socket: consuming OwnedDescriptor, index: Int, serial: UInt64, thread: RingThread)
    throws(SystemError)
  {
    self.index = index
    self.serial = serial
    self.thread = thread
    context = thread.context
    input = try MirroredBuffer(capacity: Connection.inputCapacity)
    output = try MirroredBuffer(capacity: Connection.outputCapacity)
    peer = SocketAddress.remote(of: socket.number)?.host ?? "?"
    let tag = context.policy.portalGroupTag
    portal = (SocketAddress.local(of: socket.number)?.description ?? "") + ",\(tag)"
    SocketOptions.setUp(socket.number)
    self.socket = socket
    framing = Framing(maximumDataLength: LoginPhase.textLimit, crc32c: context.crc32c)
    login = LoginPhase(policy: context.policy)
    openedAt = thread.now
  }

  var id: ConnectionID { ConnectionID(thread: thread.number, index: index, serial: serial) }

  // MARK: Receiving

  func received(_ result: Int32) {
    isReceiving = false
    if result > 0 {
      input.commit(Int(result))
      session?.phase.heard(at: thread.now)
      parse()
    } else if result == 0 {
      isAtEnd = true
      close(session == nil ? "closed by the initiator" : "closed by the initiator without logout")
    } else if result != -EINTR, result != -EAGAIN {
      close(SystemError.text(-result))
    }
    thread.markDirty(self)
  }

  /// Handles every PDU that is complete, as long as there is room for answers.
  private func parse() {
    while !isClosing, closesWhenSent == nil, !awaitsDecision {
      let buffer = input.readable
      switch framing.next(in: buffer) {
      case .incomplete: return
      case .failed(let failure):
        close("bad PDU: \(failure)")
        return
      case .pdu(let frame):
        // A ping may come back with as much data as it has.
        guard output.free >= Connection.reserve + frame.length else {
          isStalled = true
          return
        }
        if let session {
          guard session.handle(frame) else {
            isStalled = true
            return
          }
        } else {
          handleLogin(frame)
        }
        input.consume(frame.length)
      }
    }
  }

  // MARK: Sending

  /// Where the next PDU goes; nil (and the connection ends) if there is no room.
  @inline(__always)
  func reserveOutput(dataLength: Int) -> UnsafeMutableRawPointer? {
    let needed = framing.dataOffset + paddedLength(dataLength) + 4
    guard output.free >= needed, let base = output.writable.baseAddress else {
      close("no room for an answer")
      return nil
    }
    return base
  }

  /// The PDU at `pdu` is complete but for padding and digests.
  @inline(__always)
  func commitOutput(_ pdu: UnsafeMutableRawPointer, dataLength: Int) {
    output.commit(framing.seal(pdu, dataLength: dataLength))
    thread.markDirty(self)
  }

  func sent(_ result: Int32) {
    isSending = false
    if result > 0 {
      output.consume(Int(result))
      output.rewind()
      if let reason = closesWhenSent, output.count == 0 {
        close(reason)
      } else {
        session?.continueSending()
        resumeParsing()
      }
    } else if result < 0, result != -EINTR, result != -EAGAIN {
      close(SystemError.text(-result))
    }
    thread.markDirty(self)
  }

  /// Goes on with input that had to wait for room.
  func resumeParsing() {
    guard isStalled else { return }
    isStalled = false
    parse()
  }

  /// Called at the end of a turn of the loop: one send and one receive at a time.
  func lookAfter() {
    if isClosing {
      finishClosing()
      return
    }
    if !isSending, output.count > 0 {
      isSending = thread.ring.send(socket.number, output.readable, tag: RingTag(.send, index).rawValue)
      if !isSending { close("the ring is full") }
    }
    if !isReceiving, !isAtEnd, closesWhenSent == nil {
      input.rewind()
      let room = input.writable
      if room.count > 0 {
        isReceiving = thread.ring.receive(socket.number, into: room, tag: RingTag(.receive, index).rawValue)
        if !isReceiving { close("the ring is full") }
      }
    }
    if closesWhenIdle, session?.isIdle ?? true, output.count == 0 { close("the target stops") }
  }

  // MARK: Ending

  /// Ends the connection; its memory stays until nothing is on its way any more.
  func close(_ reason: String) {
    guard !isClosing else { return }
    isClosing = true
    shutdown(socket.number, Int32(SHUT_RDWR))
    session?.end(reason)
    if session == nil, closesWhenSent == nil, !awaitsDecision, !isAtEnd {
      context.logger.debug("Connection from \(peer) ended before login: \(reason)")
    }
    thread.markDirty(self)
  }

  /// Ends the connection once everything in the output has been sent.
  func closeAfterSending(_ reason: String) {
    if closesWhenSent == nil { closesWhenSent = reason }
    thread.markDirty(self)
  }

  /// Ends the connection once its commands have ended.
  func closeWhenIdle() {
    closesWhenIdle = true
    thread.markDirty(self)
  }

  /// Another connection needs the place of one that has not logged in.
  func makeRoom() {
    if session == nil { close("a new connection needs its place") }
  }

  func diskRequestStarted() { diskRequests += 1 }

  func diskRequestEnded() {
    diskRequests -= 1
    thread.markDirty(self)
  }

  private func finishClosing() {
    guard !isReceiving, !isSending, diskRequests == 0 else { return }
    session?.dismantle()
    thread.remove(self)
  }

  func tick(_ now: UInt64) {
    if let session {
      session.tick(now)
    } else if now &- openedAt > UInt64(max(1, context.configuration.loginTimeout)) &* 1_000_000_000 {
      if !awaitsDecision { context.refused(login.initiatorName, peer, "it did not log in in time") }
      close("login timeout")
    }
  }
}

// MARK: Login

extension Connection {
  private func handleLogin(_ frame: PDUFrame) {
    guard frame.header.opcode == .loginRequest else {
      close("a PDU other than a login request before login")
      return
    }
    if context.isBlocked(peer, at: thread.now) {
      carryOut(login.refuse(.tooManyFailures, answering: LoginRequestPDU(frame.header)))
      return
    }
    carryOut(login.receive(LoginRequestPDU(frame.header), data: frame.data))
  }

  private func carryOut(_ action: LoginPhase.Action) {
    switch action {
    case .respond(let response, let text): send(response, text)
    case .decide(let identity): decide(identity)
    case .refuse(let response, let failure):
      send(response, [])
      context.refused(login.initiatorName, peer, failure, at: thread.now)
      closeAfterSending("login refused")
    case .establish(let response, let text, let login):
      send(response, text)
      framing = Framing(maximumDataLength: login.parameters.targetMaximumDataLength, crc32c: context.crc32c)
      framing.hasHeaderDigest = login.parameters.headerDigest
      framing.hasDataDigest = login.parameters.dataDigest
      context.isNoLogin(id)
      session = Session(login, connection: self)
      context.established(login, peer: peer)
    }
  }

  private func decide(_ identity: LoginIdentity) {
    guard !closesWhenIdle else {
      carryOut(login.refuse(.stopping))
      return
    }
    switch context.decide(identity, for: id) {
    case .admit(let tsih): carryOut(login.admit(tsih: tsih))
    case .refuse(let failure): carryOut(login.refuse(failure))
    case .reinstate:
      // The old session's writes must have landed before the first of the new one.
      awaitsDecision = true
    }
  }

  /// The session that stood in the way is gone.
  func decideAgain() {
    guard awaitsDecision, !isClosing, let identity = login.identity else { return }
    awaitsDecision = false
    decide(identity)
    parse()
    thread.markDirty(self)
  }

  private func send(_ response: LoginResponsePDU, _ text: [UInt8]) {
    guard let pdu = reserveOutput(dataLength: text.count) else { return }
    response.encode(to: pdu)
    text.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: pdu + framing.dataOffset, count: text.count).copyMemory(from: $0)
    }
    commitOutput(pdu, dataLength: text.count)
  }
}
