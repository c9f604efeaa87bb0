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
  /// What the initiator has reached, for SendTargets.
  let portal: SocketAddress?
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
  var login: LoginPhase
  var session: Session?

  var isDirty = false
  private var isReceiving = false
  /// The last time, the socket held nothing more.
  private var isDrained = false
  private var isSending = false
  /// Bytes of the output that the send under way covers.
  private var isStalled = false
  private(set) var isClosing = false
  private var closesWhenSent: String?
  var closesWhenIdle = false
  /// Another thread goes on with it.
  var isHandedOver = false
  /// The session that a login wants to join.
  var joining: SharedSession?
  private let openedAt: UInt64
  private var diskRequests = 0
  var awaitsDecision = false
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
    portal = SocketAddress.local(of: socket.number)
    SocketOptions.setUp(socket.number)
    self.socket = socket
    framing = Framing(maximumDataLength: LoginPhase.textLimit, crc32c: context.crc32c)
    login = LoginPhase(policy: context.policy(at: portal))
    openedAt = thread.now
  }

  var id: ConnectionID { ConnectionID(thread: thread.number, index: index, serial: serial) }

  // MARK: Receiving

  /// - Parameter hasMore: the socket holds more than was asked for.
  func received(_ result: Int32, hasMore: Bool) {
    isReceiving = false
    isDrained = !hasMore
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

  /// Takes what another thread has read.
  func take(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { input.writable.copyMemory(from: $0) }
    input.commit(bytes.count)
    parse()
  }

  /// Handles every PDU that is complete, as long as there is room for answers.
  func parse() {
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
          if wantsOtherThread(frame) { return }
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
    resumeParsing()
    if !isSending, output.count > 0 {
      isSending = thread.ring.send(socket.number, output.readable, tag: RingTag(.send, index).rawValue)
      if !isSending { close("the ring is full") }
    }
    if !isReceiving, !isAtEnd, closesWhenSent == nil {
      input.rewind()
      let room = input.writable
      if room.count > 0 {
        isReceiving = thread.ring.receive(
          socket.number, into: room, expectsWait: isDrained, tag: RingTag(.receive, index).rawValue)
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
    if !isHandedOver { shutdown(socket.number, Int32(SHUT_RDWR)) }
    session?.end(reason)
    joining?.joining.removeAll { $0 === self }
    if session == nil, !isHandedOver, closesWhenSent == nil, !awaitsDecision, !isAtEnd {
      context.logger.debug("Connection from \(peer) ended before login: \(reason)")
    }
    thread.markDirty(self)
  }

  /// Ends the connection once everything in the output has been sent.
  func closeAfterSending(_ reason: String) {
    if closesWhenSent == nil { closesWhenSent = reason }
    thread.markDirty(self)
  }

  /// Asks the initiator to log out, and ends the connection once its commands have ended.
  func closeWhenIdle(within seconds: UInt16) {
    closesWhenIdle = true
    session?.requestLogout(within: seconds)
    thread.markDirty(self)
  }

  /// Another connection needs the place of one that has not logged in.
  func makeRoom() {
    if session == nil { close("a new connection needs its place") }
  }

  /// Lets another thread go on with the socket; nothing of it is under way here, and nothing has been sent.
  func handOver(to home: Int) {
    let copy = fcntl(socket.number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { return close(SystemError.text(errno)) }
    isHandedOver = true
    context.handOver(socket: copy, received: Array(input.readable), to: home)
    close("it belongs to a session of another thread")
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
