import ISCSI

/// A toy digest: enough to tell right from wrong without cryptography.
private func toyDigest(_ algorithm: CHAPAlgorithm, _ message: [UInt8]) -> [UInt8] {
  var state = SeededGenerator(state: algorithm.rawValue)
  var result = [UInt8](repeating: 0, count: algorithm.length)
  for byte in message {
    for index in result.indices {
      result[index] = result[index] &* 31 &+ byte ^ UInt8(truncatingIfNeeded: state.next())
    }
  }
  return result
}

/// Primitives that can be told to lack an algorithm.
func toyPrimitives(missing: Set<CHAPAlgorithm> = []) -> CHAPPrimitives {
  CHAPPrimitives(
    digest: { missing.contains($0) ? nil : toyDigest($0, $1) },
    random: { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) } },
    equal: { $0 == $1 })
}

/// An initiator's side of a login, one request at a time.
struct LoginHarness {
  var phase: LoginPhase
  private var isid = ISID(0x8000_0000_0001)

  init(chap: CHAPCredentials? = nil, allowed: [String] = [], primitives: CHAPPrimitives = toyPrimitives()) {
    phase = LoginPhase(
      policy: LoginPolicy(
        targetName: "iqn.2025-01.example:disk", chap: chap, primitives: primitives, allowedInitiators: allowed
      ))
  }

  init(policy: LoginPolicy) { phase = LoginPhase(policy: policy) }

  /// Sends a request; `next` sets the T bit.
  mutating func send(
    _ stage: LoginStage, next: LoginStage?, _ pairs: [String], isContinued: Bool = false,
    change: (inout LoginRequestPDU) -> Void = { _ in }
  ) -> LoginPhase.Action {
    var request = LoginRequestPDU(initiatorTaskTag: 0x1234, cmdSN: 100)
    request.expStatSN = 500
    request.currentStage = stage
    request.nextStage = next
    request.wantsTransit = next != nil
    request.isContinued = isContinued
    request.isid = isid
    change(&request)
    return text(pairs).withUnsafeBytes { phase.receive(request, data: $0) }
  }

  /// Answers the decision about the session with yes.
  mutating func admit(_ action: LoginPhase.Action, tsih: UInt16 = 7) -> LoginPhase.Action {
    guard case .decide = action else { return action }
    return phase.admit(tsih: tsih)
  }
}

extension LoginPhase.Action {
  /// The keys of the answer, as `key=value`.
  var answers: [String] {
    switch self {
    case .respond(_, let text), .establish(_, let text, _), .redirect(_, let text): strings(text)
    case .decide, .refuse: []
    }
  }

  var response: LoginResponsePDU? {
    switch self {
    case .respond(let response, _), .establish(let response, _, _), .refuse(let response, _),
      .redirect(let response, _):
      response
    case .decide: nil
    }
  }

  var failure: LoginFailure? {
    if case .refuse(_, let failure) = self { failure } else { nil }
  }

  var established: EstablishedLogin? {
    if case .establish(_, _, let login) = self { login } else { nil }
  }
}
