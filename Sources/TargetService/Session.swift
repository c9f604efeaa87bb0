import BlockStore
import ISCSI
import SCSI
import Synchronization

/// A connection of a session in its full feature phase: takes PDUs, carries out commands, sends answers.
///
/// Most sessions have one connection; what the connections of one share is in `SharedSession`.
final class Session {
  var phase: FullFeaturePhase
  unowned(unsafe) let connection: Connection
  unowned(unsafe) let thread: RingThread
  let context: TargetContext
  let shared: SharedSession
  private(set) var bindings: [UnitBinding]
  let taskSets: UnsafeMutableBufferPointer<TaskSet>
  /// Whether the session has no other connection.
  var isAlone = true
  /// One for each slot of `phase`.
  let slots: UnsafeMutableBufferPointer<CommandSlot>

  /// Slots with Data-In to send, in the order in which they found no room.
  var waiting: [Int] = []
  /// Data-Out that came before the command asked for it, by slot.
  var early: [Int: [UInt8]] = [:]
  /// Task management functions that wait for the end of a slot's I/O.
  var aborts: [Int: [TaskAbort]] = [:]
  /// What waits for the end of a slot's I/O before a unit's medium is changed.
  var quiescences: [Int: [Quiescence]] = [:]
  /// Task management functions that wait for tasks anywhere, by token.
  var pendingManagement: [Int: TaskManagementRequestPDU] = [:]
  var nextToken = 0
  /// Bytes of Data-Out copied for writes that are under way.
  var staged = 0
  /// Beyond this many, input has to wait.
  static let stagedLimit = 16 << 20
  /// Task management functions that may wait for tasks at the same time.
  static let managementLimit = 64

  private var text: TextExchange
  private var isEnded = false
  /// The connection goes by itself: the session's other ones stay.
  var isLeaving = false
  private var logout: LogoutRequestPDU?
  private(set) var activeCommands = 0

  /// - Parameter shared: the session that the connection joins; nil: it is the first of its session.
  init(_ login: EstablishedLogin, connection: Connection, joining existing: SharedSession? = nil) {
    let context = connection.context
    let shared =
      existing
      ?? SharedSession(
        login,
        bindings: login.identity.type == .normal
          ? context.takeGranted(login.tsih).map { UnitBinding($0, login.identity) } : [])
    phase = FullFeaturePhase(login: login, window: existing?.members.first?.phase.window)
    self.connection = connection
    thread = connection.thread
    self.context = context
    self.shared = shared
    bindings = shared.bindings
    taskSets = shared.taskSets
    slots = .allocate(capacity: phase.slotCount)
    slots.initialize(repeating: CommandSlot())
    waiting.reserveCapacity(phase.slotCount)
    text = TextExchange(
      targetName: context.policy.targetName, portals: context.addresses(reachedBy: connection.portal),
      type: login.identity.type)
    phase.heard(at: thread.now)
    shared.join(self)
    if existing == nil { context.began(tsih, shared.counters) }
  }

  deinit { slots.deallocate() }

  var tsih: UInt16 { phase.login.tsih }

  /// Nothing is being done for the initiator.
  var isIdle: Bool { activeCommands == 0 && pendingManagement.isEmpty }

  func commandStarted() {
    activeCommands += 1
    shared.counters.commands.wrappingAdd(1, ordering: .relaxed)
  }

  func commandEnded() {
    activeCommands -= 1
    shared.counters.ended.wrappingAdd(1, ordering: .releasing)
    if activeCommands == 0 { answerLogouts() }
  }

  /// Answers the logouts that have waited for commands.
  private func answerLogouts() {
    if logout != nil { answerLogout() }
    if !isAlone { for member in shared.members where member.logout != nil { member.answerLogout() } }
  }

  /// Takes one PDU.
  ///
  /// - Returns: false if it has to wait and be handed in again.
  @inline(__always)
  func handle(_ frame: PDUFrame) -> Bool {
    guard staged < Session.stagedLimit else { return false }
    guard logout == nil || isLoggingOutAnother || frame.header.opcode == .dataOut else { return true }
    let event = phase.receive(frame.header, additional: frame.additional)
    // Before a task of another connection may start and publish older numbers.
    if !isAlone { shared.publish(phase.window, from: self) }
    switch event {
    case .command(let slot, let immediate): begin(slot, frame, immediate: immediate)
    case .data(let slot, let offset, let length):
      take(slot, UnsafeRawBufferPointer(rebasing: frame.data[..<length]), at: offset)
    case .badData(let slot): spoil(slot, Session.dataOutOfOrder)
    case .ignore: break
    case .wait: return false
    case .ping(let ping): answer(ping, frame.data)
    case .text(let request): answer(request, frame.data)
    case .taskManagement(let request):
      if pendingManagement.count < Session.managementLimit {
        manage(request)
      } else {
        reject(.tooManyImmediateCommands, frame.header)
      }
    case .logout(let request): receive(request)
    case .reject(let reason): reject(reason, frame.header)
    case .fail(let violation): connection.close("protocol error: \(violation)")
    }
    return true
  }

  /// The connection is over, and unless it goes by itself, the session with all its connections (error recovery level
  /// 0). Tasks end with it; what is under way at a medium is waited for by `Connection`.
  func end(_ reason: String) {
    guard !isEnded else { return }
    isEnded = true
    logout = nil
    // Nothing will be sent any more: what waits for room waits for nothing.
    for slot in waiting { slots[slot].isQueued = false }
    waiting = []
    let wasAborting = shared.isAborting
    shared.isAborting = true
    for slot in slots.indices where phase[slot].isActive { abort(slot) }
    shared.isAborting = wasAborting
    if shared.members.allSatisfy({ $0.isEnded }) {
      context.ended(phase.login, peer: connection.peer, reason: reason)
    } else if isLeaving {
      for binding in bindings.indices { startNext(on: binding) }
    } else {
      for member in shared.members where member !== self { member.connection.close(reason) }
    }
  }

  /// Nothing of the connection is on its way any more.
  func dismantle() {
    let isLast = shared.leave(self)
    if !shared.joining.isEmpty {
      shared.joining.removeFirst().decideAgain()
      return
    }
    guard isLast else { return }
    for binding in bindings {
      binding.detach()
      context.release(binding.backend, isLoggedOut: shared.isLoggedOut)
    }
    context.removed(tsih: tsih)
  }

  /// Binds a unit that was added after the login.
  ///
  /// - Returns: its index; nil where there is no such unit.
  func bindLate(_ number: LogicalUnitNumber) -> Int? {
    let identity = phase.login.identity
    guard identity.type == .normal,
      let backend = context.lateUnit(number, for: identity.initiatorName)
    else { return nil }
    shared.bind(UnitBinding(backend, identity))
    for member in shared.members { member.bindings = shared.bindings }
    return bindings.count - 1
  }

  /// Tells the initiator that it should log out within so many seconds, if it is one that can be told (RFC 7143 11.9).
  func requestLogout(within seconds: UInt16) {
    guard phase.takesMessages, let pdu = connection.reserveOutput(dataLength: 0) else { return }
    phase.asyncMessage(.logoutRequest(seconds: seconds)).encode(to: pdu)
    connection.commitOutput(pdu, dataLength: 0)
  }

  func tick(_ now: UInt64) {
    switch phase.tick(at: now) {
    case .nothing: break
    case .giveUp: connection.close("the initiator does not answer pings")
    case .ping(let tag):
      guard let pdu = connection.reserveOutput(dataLength: 0) else { return }
      phase.nopIn(pinging: tag).encode(to: pdu)
      connection.commitOutput(pdu, dataLength: 0)
    }
  }
}

// MARK: Requests other than commands

extension Session {
  private func answer(_ ping: NOPOutPDU, _ data: UnsafeRawBufferPointer) {
    let answer = phase.nopIn(answering: ping)
    guard let pdu = connection.reserveOutput(dataLength: answer.dataLength) else { return }
    answer.encode(to: pdu)
    UnsafeMutableRawBufferPointer(start: pdu + connection.framing.dataOffset, count: answer.dataLength)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: data[..<answer.dataLength]))
    connection.commitOutput(pdu, dataLength: answer.dataLength)
  }

  private func answer(_ request: TextRequestPDU, _ data: UnsafeRawBufferPointer) {
    let limit = min(8192, phase.login.parameters.initiatorMaximumDataLength)
    switch text.receive(request, data: data, limit: limit) {
    case .reject(let reason):
      var header = [UInt8](repeating: 0, count: BasicHeader.length)
      header.withUnsafeMutableBytes { bytes in
        if let base = bytes.baseAddress { request.encode(to: base) }
      }
      header.withUnsafeBytes { bytes in
        if let header = BasicHeader(bytes) { reject(reason, header) }
      }
    case .respond(let text, let isFinal, let isContinued):
      guard let pdu = connection.reserveOutput(dataLength: text.count) else { return }
      var response = phase.textResponse(to: request)
      response.isFinal = isFinal
      response.isContinued = isContinued
      // The tag only says that there is more: a session has one text exchange at a time.
      response.targetTransferTag = isFinal ? reservedTag : 1
      response.dataLength = text.count
      response.encode(to: pdu)
      text.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: pdu + connection.framing.dataOffset, count: text.count)
          .copyMemory(from: $0)
      }
      connection.commitOutput(pdu, dataLength: text.count)
    }
  }

  private func reject(_ reason: RejectPDU.Reason, _ header: BasicHeader) {
    guard let pdu = connection.reserveOutput(dataLength: BasicHeader.length) else { return }
    phase.reject(reason).encode(to: pdu)
    (pdu + connection.framing.dataOffset).copyMemory(from: header.bytes, byteCount: BasicHeader.length)
    connection.commitOutput(pdu, dataLength: BasicHeader.length)
  }

  private func receive(_ request: LogoutRequestPDU) {
    guard logout == nil else {
      return connection.close("protocol error: a logout before the answer to the one before")
    }
    logout = request
    // What the other connection has not ended is terminated (RFC 7143 11.14.1); the answer waits for its disk I/O.
    if isLoggingOutAnother { shared.member(cid: request.cid)?.leave() }
    answerLogout()
  }

  /// The initiator ends another connection of the session: this one goes on.
  private var isLoggingOutAnother: Bool {
    logout.map { $0.reason == .closeConnection && $0.cid != phase.login.identity.cid } ?? false
  }

  /// Commands that came before the logout have been answered: now it is its turn (RFC 7143 11.14).
  private func answerLogout() {
    guard let request = logout else { return }
    let leaving = request.reason == .closeConnection ? shared.member(cid: request.cid) : nil
    switch request.reason {
    case .closeSession: guard shared.members.allSatisfy({ $0.activeCommands == 0 }) else { return }
    case .closeConnection: guard leaving?.activeCommands ?? 0 == 0 else { return }
    case .removeForRecovery, nil: break
    }
    let outcome: LogoutResponsePDU.Outcome
    switch request.reason {
    case .closeSession: outcome = .closed
    case .closeConnection: outcome = leaving == nil ? .cidNotFound : .closed
    case .removeForRecovery, nil: outcome = .recoveryNotSupported
    }
    guard let pdu = connection.reserveOutput(dataLength: 0) else { return }
    phase.logoutResponse(outcome, to: request).encode(to: pdu)
    connection.commitOutput(pdu, dataLength: 0)
    logout = nil
    switch request.reason {
    case .closeSession:
      shared.isLoggedOut = true
      for member in shared.members where member !== self { member.leave() }
      isLeaving = true
      connection.closeAfterSending("logged out")
    case .closeConnection where leaving === self:
      // The last connection takes the session with it.
      shared.isLoggedOut = isAlone
      isLeaving = true
      connection.closeAfterSending("logged out")
    case .closeConnection: leaving?.leave()
    case .removeForRecovery, nil: break
    }
  }

  /// Ends this connection but not its session.
  func leave() {
    isLeaving = true
    connection.close("logged out")
  }
}

extension InitiatorPort {
  init(_ identity: LoginIdentity) { self.init(name: identity.initiatorName, isid: identity.isid.value) }
}
