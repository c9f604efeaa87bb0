import Testing

@testable import ISCSI

/// Logins that are nearly right, of initiators that know the secret and of others that do not.
@Suite struct LoginFuzzTests {
  private static let secret: [UInt8] = [1, 2, 3]
  private static let target = "iqn.2025-01.example:disk"

  private func policy(_ random: inout SeededGenerator) -> LoginPolicy {
    let credentials = CHAPCredentials(
      initiator: CHAPAccount(name: "user", secret: Self.secret),
      target: random.once(in: 2) ? CHAPAccount(name: "target", secret: [9, 8]) : nil)
    var policy = LoginPolicy(
      targetName: Self.target, chap: random.once(in: 3) ? nil : credentials,
      primitives: toyPrimitives(missing: random.once(in: 4) ? [.md5] : []))
    if random.once(in: 4) {
      policy.accounts = [InitiatorAccount(initiator: "iqn.*", credentials: credentials)]
    }
    if random.once(in: 40) { policy.redirection = LoginRedirection(address: "192.0.2.1:3260") }
    return policy
  }

  /// One initiator at its login.
  private struct Initiator {
    var knowsSecret: Bool
    var wantsProof: Bool
    var isDiscovery: Bool
    /// It sends the target's own challenge back, unless that was damaged on the way.
    var reflects: Bool
    var tsih: UInt16
    /// Keys of the last response.
    var told: [String: String] = [:]
    var stage = LoginStage.security
    var hasAuthenticated = false
    var isFirst = true

    /// What to say next, and the stage to go to.
    mutating func pairs(_ random: inout SeededGenerator) -> (pairs: [String], next: LoginStage?) {
      var pairs: [String] = []
      if isFirst {
        pairs = ["InitiatorName=iqn.a", "SessionType=\(isDiscovery ? "Discovery" : "Normal")"]
        if !isDiscovery { pairs.append("TargetName=\(LoginFuzzTests.target)") }
        isFirst = false
        if stage == .security {
          return (pairs + ["AuthMethod=CHAP,None"], random.once(in: 2) ? .operational : nil)
        }
      }
      if stage == .operational {
        return (pairs + operational(&random), random.once(in: 5) ? nil : .fullFeature)
      }
      if let challenge = told["CHAP_C"].flatMap({ BinaryValue.bytes($0, limit: 64) }),
        let algorithm = told["CHAP_A"].flatMap(BinaryValue.number).flatMap(CHAPAlgorithm.init),
        let identifier = told["CHAP_I"].flatMap(BinaryValue.number)
      {
        let known = knowsSecret ? LoginFuzzTests.secret : [1, 2, 4]
        let answer =
          toyPrimitives().digest(algorithm, [UInt8(truncatingIfNeeded: identifier)] + known + challenge) ?? []
        pairs += ["CHAP_N=user", "CHAP_R=\(BinaryValue.text(answer))"]
        if wantsProof {
          pairs += ["CHAP_I=7", "CHAP_C=\(BinaryValue.text(reflects ? challenge : [5, 6, 7]))"]
        }
        hasAuthenticated = true
        return (pairs, random.once(in: 3) ? .fullFeature : .operational)
      }
      if told["AuthMethod"] == "CHAP" {
        return (["CHAP_A=\(random.pick(["5", "7,5", "8,0x6,7", "99"]))"], nil)
      }
      return ([], random.once(in: 3) ? .fullFeature : .operational)
    }

    private func operational(_ random: inout SeededGenerator) -> [String] {
      let offers = [
        "HeaderDigest=CRC32C,None", "DataDigest=None", "InitialR2T=No", "ImmediateData=Yes",
        "MaxConnections=4",
        "MaxRecvDataSegmentLength=0x10000", "MaxBurstLength=16776192", "FirstBurstLength=262144",
        "DefaultTime2Wait=2", "DefaultTime2Retain=0", "ErrorRecoveryLevel=2", "IFMarker=No", "OFMarkInt=1~2",
        "TaskReporting=RFC3720", "iSCSIProtocolLevel=1", "MaxOutstandingR2T=16", "X-com.example=1",
        "DataPDUInOrder=Yes", "MaxBurstLength=0", "ImmediateData=Maybe",
      ]
      return (0..<Int.random(in: 0...5, using: &random)).map { _ in random.pick(offers) }
    }
  }

  @Test func nobodyGetsInWithoutTheSecret() {
    var random = fuzzGenerator(41)
    var registry = SessionRegistry(limit: 8, isExclusive: true)
    var established = 0
    var authenticated = 0
    var proven = 0
    var executions = 0
    let count = fuzzExecutions(8_000)
    while executions < count {
      let policy = policy(&random)
      var harness = LoginHarness(policy: policy)
      var initiator = Initiator(
        knowsSecret: !random.once(in: 3), wantsProof: random.once(in: 2), isDiscovery: random.once(in: 6),
        reflects: random.once(in: 8), tsih: random.once(in: 8) ? 1 : 0)
      if random.once(in: 6) { initiator.stage = .operational }
      exchange: for _ in 0..<10 {
        executions += 1
        switch request(&initiator, &harness, &random) {
        case .respond(let response, let text):
          for pair in (try? TextSegment.decode(text)) ?? [] { initiator.told[pair.key] = pair.value }
          if response.isTransit, let next = response.nextStage { initiator.stage = next }
          if text.count > LoginPhase.textLimit { Issue.record("an endless answer") }
        case .decide(let identity):
          if policy.demandsAuthentication, identity.type == .normal {
            if !initiator.knowsSecret || !initiator.hasAuthenticated {
              Issue.record("let in without the secret")
            }
            authenticated += 1
          }
          decide(identity, &registry)
          let joined = identity.tsih == 0 ? nil : OperationalParameters()
          guard case .establish(_, _, let login) = harness.phase.admit(tsih: 1, joining: joined) else {
            Issue.record("decided, and not established")
            break exchange
          }
          if login.parameters.maximumBurstLength < 512 { Issue.record("\(login.parameters)") }
          established += 1
          if initiator.told["CHAP_R"] != nil { proven += 1 }
          if initiator.told["CHAP_R"] != nil, initiator.reflects { Issue.record("reflected") }
          break exchange
        case .redirect, .refuse, .establish: break exchange
        }
      }
    }
    #expect(established > count / 20 && authenticated > count / 100 && proven > count / 500)
  }

  /// One request, damaged now and then, in one part or in two.
  private func request(
    _ initiator: inout Initiator, _ harness: inout LoginHarness, _ random: inout SeededGenerator
  ) -> LoginPhase.Action {
    var request = LoginRequestPDU(initiatorTaskTag: 1, cmdSN: 1)
    request.isid = ISID(0x8000_0000_0001)
    request.currentStage = initiator.stage
    request.tsih = initiator.tsih
    let (pairs, next) = initiator.pairs(&random)
    request.wantsTransit = next != nil
    request.nextStage = next
    var data = text(pairs)
    if random.once(in: 10) {
      data = mutate(data, &random)
      initiator.reflects = false
    }
    if random.once(in: 10) {
      let middle = Int.random(in: 0...data.count, using: &random)
      var first = request
      first.isContinued = true
      first.wantsTransit = false
      let action = data[..<middle].withUnsafeBytes { harness.phase.receive(first, data: $0) }
      guard case .respond(_, []) = action else { return action }
      data.removeFirst(middle)
    }
    var header = pdu { request.encode(to: $0) }
    if random.once(in: 10) { header = mutate(header, &random) }
    let action = withHeader(header) { header in
      data.withUnsafeBytes { harness.phase.receive(LoginRequestPDU(header), data: $0) }
    }
    return action ?? harness.phase.refuse(.stopping)
  }

  /// The registry never has two of one port, a number twice, or two names that write.
  private func decide(_ identity: LoginIdentity, _ registry: inout SessionRegistry) {
    if case .reinstate(let ending) = registry.decide(identity) {
      registry.remove(tsih: ending)
      guard case .admit = registry.decide(identity) else {
        Issue.record("not admitted after the old session ended: \(identity)")
        return
      }
    }
    let entries = registry.entries
    let names = Set(entries.filter { $0.identity.type == .normal }.map(\.identity.initiatorName))
    if entries.count > registry.limit || names.count > 1 || Set(entries.map(\.tsih)).count != entries.count
      || entries.contains(where: { $0.tsih == 0 })
    {
      Issue.record("\(entries)")
    }
    if entries.count == registry.limit { registry.remove(tsih: entries[0].tsih) }
  }
}
