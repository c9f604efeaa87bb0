import ISCSI
import Linux

extension Connection {
  /// A login to a session of another thread goes there, before any of it has been answered.
  func wantsOtherThread(_ frame: PDUFrame) -> Bool {
    guard !login.hasBegun, frame.header.opcode == .loginRequest else { return false }
    let tsih = LoginRequestPDU(frame.header).tsih
    guard tsih != 0, let home = context.home(of: tsih), home != thread.number else { return false }
    handOver(to: home)
    return true
  }

  func handleLogin(_ frame: PDUFrame) {
    guard frame.header.opcode == .loginRequest else {
      close("a PDU other than a login request before login")
      return
    }
    if context.isBlocked(peer, at: thread.now) {
      carryOut(login.refuse(.tooManyFailures, answering: LoginRequestPDU(frame.header)))
      return
    }
    let request = LoginRequestPDU(frame.header)
    login.session =
      request.tsih == 0 ? nil : thread.sharedSession(tsih: request.tsih)?.members.first?.phase.window
    carryOut(login.receive(request, data: frame.data))
  }

  private func carryOut(_ action: LoginPhase.Action) {
    switch action {
    case .respond(let response, let text): send(response, text)
    case .decide(let identity): decide(identity)
    case .redirect(let response, let text):
      send(response, text)
      closeAfterSending("redirected")
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
      session = Session(login, connection: self, joining: joining)
      if joining == nil { context.established(login, peer: peer) }
      joining = nil
    }
  }

  private func decide(_ identity: LoginIdentity) {
    guard !closesWhenIdle else {
      carryOut(login.refuse(.stopping))
      return
    }
    if identity.tsih != 0 { return join(identity) }
    switch context.decide(identity, for: id) {
    case .admit(let tsih): carryOut(login.admit(tsih: tsih))
    case .refuse(let failure): carryOut(login.refuse(failure))
    case .reinstate:
      // The old session's writes must have landed before the first of the new one.
      awaitsDecision = true
    }
  }

  /// Decides about a login to a session that exists.
  private func join(_ identity: LoginIdentity) {
    guard let shared = joining ?? thread.sharedSession(tsih: identity.tsih) else {
      return carryOut(login.refuse(.sessionDoesNotExist(identity.tsih)))
    }
    if joining == nil, let failure = shared.refusal(of: identity) { return carryOut(login.refuse(failure)) }
    joining = shared
    if let old = shared.member(cid: identity.cid) {
      awaitsDecision = true
      shared.joining.append(self)
      old.isLeaving = true
      old.connection.close("its connection was made anew")
      return
    }
    carryOut(login.admit(tsih: identity.tsih, joining: shared.login.parameters))
  }

  /// What stood in the way is gone.
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
