/// The login phase of one connection (RFC 7143 6.3, 11.12, 11.13): requests in, answers out.
public struct LoginPhase: Sendable {
  /// What to do after a request.
  public enum Action: Hashable, Sendable {
    /// Send the response with this text and wait for the next request.
    case respond(LoginResponsePDU, text: [UInt8])
    /// Decide about the session, end one it reinstates, and call `admit` or `refuse` once that is done.
    case decide(LoginIdentity)
    /// Send the response; the full feature phase begins.
    case establish(LoginResponsePDU, text: [UInt8], EstablishedLogin)
    /// Send the response with this text, which names another address, and close the connection.
    case redirect(LoginResponsePDU, text: [UInt8])
    /// Send the response, close the connection, and say why.
    case refuse(LoginResponsePDU, LoginFailure)
  }

  /// Longest text of one login exchange in bytes.
  public static let textLimit = 16_384
  /// Requests after which a login that has not ended is refused.
  public static let requestLimit = 64

  private let policy: LoginPolicy
  private var assembler = TextAssembler(limit: LoginPhase.textLimit)
  private var operational: OperationalNegotiation
  private var chap: CHAPExchange?
  private var isAuthenticated = false
  private var authMethodAnswered = false

  /// Fixed by the first request.
  private var opening: LoginRequestPDU?
  private var stage = LoginStage.security
  /// Command numbering of the session that the connection wants to join, kept up to date by the owner.
  public var session: CommandWindow?
  /// Who wants in, once the first request has told.
  public private(set) var identity: LoginIdentity?
  private var requests = 0
  private var statSN: UInt32 = 0
  private var expCmdSN: UInt32 = 0
  /// The response that waits for the decision about the session.
  private var pending: (request: LoginRequestPDU, answers: [TextPair])?

  public init(policy: LoginPolicy) {
    self.policy = policy
    operational = OperationalNegotiation(limits: policy.limits)
  }

  /// Whether a request has been taken.
  public var hasBegun: Bool { opening != nil }

  /// The names told so far, for the log.
  public var initiatorName: String? { identity?.initiatorName }

  /// Takes a login request with its data segment.
  public mutating func receive(_ request: LoginRequestPDU, data: UnsafeRawBufferPointer) -> Action {
    do throws(LoginFailure) {
      return try advance(request, data)
    } catch {
      return refusal(request, error)
    }
  }

  /// The decision was yes: `tsih` is the session's number.
  ///
  /// - Parameter session: what the session that the connection joins has agreed on.
  public mutating func admit(tsih: UInt16, joining session: OperationalParameters? = nil) -> Action {
    guard let pending, let identity else {
      return refusal(LoginRequestPDU(initiatorTaskTag: 0, cmdSN: 0), .protocolError("no decision was open"))
    }
    self.pending = nil
    var response = response(to: pending.request)
    response.isTransit = true
    response.nextStage = .fullFeature
    response.tsih = tsih
    let text = TextSegment.encode(pending.answers)
    response.dataLength = text.count
    let login = EstablishedLogin(
      identity: identity, tsih: tsih,
      parameters: session.map(operational.agreed.joining) ?? operational.agreed,
      numbers: numbers,
      queueDepth: policy.queueDepth)
    return .establish(response, text: text, login)
  }

  /// The decision was no; or, with a request, it is turned down whatever it says.
  public mutating func refuse(_ failure: LoginFailure, answering request: LoginRequestPDU? = nil) -> Action {
    let answered = request ?? pending?.request ?? opening
    return refusal(answered ?? LoginRequestPDU(initiatorTaskTag: 0, cmdSN: 0), failure)
  }
}

extension LoginPhase {
  private mutating func advance(
    _ request: LoginRequestPDU, _ data: UnsafeRawBufferPointer
  ) throws(LoginFailure) -> Action {
    requests += 1
    try check(request)
    let pairs: [TextPair]?
    do throws(TextError) {
      pairs = try assembler.add(data, isContinued: request.isContinued)
    } catch {
      throw .malformedText(error)
    }
    guard let pairs else { return .respond(response(to: request), text: []) }
    var answers: [TextPair] = []
    if identity == nil {
      let identity = try identify(pairs, request)
      self.identity = identity
      // RFC 7143 13.9: must be in the first response of a normal session. Nothing else is volunteered.
      if identity.type == .normal {
        answers.append(TextPair("TargetPortalGroupTag", String(policy.portalGroupTag)))
      }
    }
    if let redirection = policy.redirection, identity?.type == .normal {
      return redirect(request, to: redirection)
    }
    answers += stage == .security ? try negotiateSecurity(pairs) : try negotiateOperational(pairs)
    return try transit(request, answers)
  }

  /// What must hold of every request.
  private mutating func check(_ request: LoginRequestPDU) throws(LoginFailure) {
    guard pending == nil else { throw .protocolError("a request before the answer to the last one") }
    guard requests <= LoginPhase.requestLimit else { throw .protocolError("no end of requests") }
    guard let current = request.currentStage, current != .fullFeature else {
      throw .protocolError("an impossible stage")
    }
    if let opening {
      guard current == stage else { throw .protocolError("a stage out of order") }
      guard request.isid == opening.isid, request.tsih == opening.tsih, request.cid == opening.cid,
        request.initiatorTaskTag == opening.initiatorTaskTag
      else { throw .protocolError("session or task changed within a login") }
      return
    }
    guard request.versionMin == 0 else { throw .version(minimum: request.versionMin) }
    opening = request
    stage = current
    // Some firmware counts ExpStatSN by itself from what it first sent: start there.
    statSN = request.expStatSN
    expCmdSN = request.cmdSN
    operational.isLeading = request.tsih == 0
  }

  private func identify(_ pairs: [TextPair], _ request: LoginRequestPDU) throws(LoginFailure) -> LoginIdentity
  {
    func value(_ key: String) -> String? { pairs.first { $0.key == key }?.value }
    guard let name = value("InitiatorName"), !name.isEmpty else { throw .missingKey("InitiatorName") }
    // In lower case it may be longer; a comma would end the name in a TransportID (SPC-4 7.6.4.6).
    guard max(name.utf8.count, name.lowercased().utf8.count) <= 223, !name.contains(",") else {
      throw .initiatorName(name)
    }
    let typeName = value("SessionType") ?? SessionType.normal.rawValue
    guard let type = SessionType(rawValue: typeName) else { throw .sessionType(typeName) }
    if type == .normal {
      guard let target = value("TargetName") else { throw .missingKey("TargetName") }
      guard target.lowercased() == policy.targetName.lowercased() else { throw .targetUnknown(target) }
    }
    guard policy.allows(name) else { throw .initiatorNotAllowed(name) }
    return LoginIdentity(
      initiatorName: name.lowercased(), initiatorAlias: value("InitiatorAlias") ?? "", type: type,
      isid: request.isid, cid: request.cid, tsih: request.tsih, portalGroupTag: policy.portalGroupTag)
  }

  private mutating func negotiateOperational(_ pairs: [TextPair]) throws(LoginFailure) -> [TextPair] {
    var answers: [TextPair] = []
    for pair in pairs where pair.key != "AuthMethod" {
      do throws(OperationalNegotiation.Failure) {
        if let answer = try operational.answer(pair) { answers.append(answer) }
      } catch {
        switch error {
        case .repeated(let key), .badValue(let key): throw .negotiation(key)
        }
      }
    }
    return answers
  }

  private mutating func negotiateSecurity(_ pairs: [TextPair]) throws(LoginFailure) -> [TextPair] {
    var keys: [String: String] = [:]
    var answers: [TextPair] = []
    for pair in pairs {
      guard keys.updateValue(pair.value, forKey: pair.key) == nil else { throw .negotiation(pair.key) }
    }
    if let methods = keys["AuthMethod"] {
      guard !authMethodAnswered else { throw .negotiation("AuthMethod") }
      authMethodAnswered = true
      answers.append(TextPair("AuthMethod", try chooseMethod(methods)))
    }
    if chap != nil, let more = try chap?.receive(keys) { answers += more }
    if chap?.isDone == true { isAuthenticated = true }
    for pair in pairs where !LoginPhase.securityKeys.contains(pair.key) {
      do throws(OperationalNegotiation.Failure) {
        if let answer = try operational.answer(pair) { answers.append(answer) }
      } catch {
        throw .negotiation(pair.key)
      }
    }
    return answers
  }

  private static let securityKeys: Set<String> = [
    "AuthMethod", "CHAP_A", "CHAP_I", "CHAP_C", "CHAP_N", "CHAP_R", "InitiatorName", "InitiatorAlias",
    "TargetName",
    "SessionType",
  ]

  /// Discovery may go without CHAP where the login may not: dracut discovers before it has been told a secret.
  private var mustAuthenticate: Bool { policy.demandsAuthentication && identity?.type == .normal }

  private mutating func chooseMethod(_ offered: String) throws(LoginFailure) -> String {
    let methods = offered.split(separator: ",")
    if !mustAuthenticate, methods.contains("None") { return "None" }
    guard methods.contains("CHAP") else {
      throw mustAuthenticate ? .authenticationRequired : .authenticationNotOffered(offered)
    }
    guard let credentials = policy.credentials(for: identity?.initiatorName ?? "") else {
      throw policy.demandsAuthentication
        ? .noAccount(identity?.initiatorName ?? "") : .authenticationNotOffered(offered)
    }
    chap = CHAPExchange(credentials: credentials, primitives: policy.primitives)
    return "CHAP"
  }

  private mutating func transit(
    _ request: LoginRequestPDU, _ answers: [TextPair]
  ) throws(LoginFailure) -> Action {
    var response = response(to: request)
    // A chosen method is carried through before anything else, whatever T says.
    if request.wantsTransit, chap == nil || isAuthenticated {
      if mustAuthenticate, !isAuthenticated { throw .authenticationRequired }
      switch (stage, request.nextStage) {
      case (_, .fullFeature):
        guard let identity else { throw .missingKey("InitiatorName") }
        statSN &-= 1  // The response made above is not sent; `admit` makes the one that is.
        pending = (request, answers)
        return .decide(identity)
      case (.security, .operational):
        stage = .operational
        response.isTransit = true
        response.nextStage = .operational
      default: throw .protocolError("a stage that does not follow")
      }
    } else if stage == .operational, mustAuthenticate, !isAuthenticated {
      throw .authenticationRequired
    }
    let text = TextSegment.encode(answers)
    response.dataLength = text.count
    return .respond(response, text: text)
  }

  private var numbers: SequenceNumbers {
    if let session {
      return SequenceNumbers(statSN: statSN, expCmdSN: session.expCmdSN, maxCmdSN: session.maxCmdSN)
    }
    return SequenceNumbers(
      statSN: statSN, expCmdSN: expCmdSN, maxCmdSN: expCmdSN &+ UInt32(clamping: policy.queueDepth) &- 1)
  }

  /// The target has moved (RFC 7143 11.13.5, class 1).
  private mutating func redirect(_ request: LoginRequestPDU, to redirection: LoginRedirection) -> Action {
    let text = TextSegment.encode([TextPair("TargetAddress", redirection.address)])
    var response = response(to: request)
    response.status = redirection.isPermanent ? .targetMovedPermanently : .targetMovedTemporarily
    response.dataLength = text.count
    return .redirect(response, text: text)
  }

  /// A response with the next StatSN.
  private mutating func response(to request: LoginRequestPDU) -> LoginResponsePDU {
    var response = LoginResponsePDU(initiatorTaskTag: request.initiatorTaskTag, numbers: numbers)
    response.isid = request.isid
    response.tsih = request.tsih
    response.currentStage = request.currentStage ?? .security
    statSN &+= 1
    return response
  }

  private mutating func refusal(_ request: LoginRequestPDU, _ failure: LoginFailure) -> Action {
    pending = nil
    var response = response(to: request)
    response.status = failure.status
    return .refuse(response, failure)
  }
}
