import ISCSI
import Testing

@Suite struct CHAPTests {
  private let names = ["InitiatorName=iqn.a", "TargetName=iqn.2025-01.example:disk"]
  private let oneWay = CHAPCredentials(
    initiator: CHAPAccount(name: "user", secret: Array("secret-secret".utf8)))
  private let mutual = CHAPCredentials(
    initiator: CHAPAccount(name: "user", secret: Array("secret-secret".utf8)),
    target: CHAPAccount(name: "target", secret: Array("other-secret1".utf8)))

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private func value(_ key: String, in answers: [String]) -> String? {
    answers.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
  }

  private func bytes(_ text: String?) -> [UInt8] {
    let digits = (text ?? "0x").dropFirst(2).compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// Goes as far as the challenge, and returns it.
  private func challenge(_ harness: inout LoginHarness, algorithms: String = "5") -> [String] {
    let first = harness.send(.security, next: nil, names + ["AuthMethod=CHAP,None"])
    #expect(first.answers == ["TargetPortalGroupTag=1", "AuthMethod=CHAP"])
    return harness.send(.security, next: nil, ["CHAP_A=\(algorithms)"]).answers
  }

  /// The answer to a challenge.
  private func response(_ answers: [String], secret: String) -> [String] {
    let algorithm = CHAPAlgorithm(rawValue: UInt64(value("CHAP_A", in: answers) ?? "") ?? 0) ?? .md5
    let identifier = UInt8(value("CHAP_I", in: answers) ?? "") ?? 0
    let digest = toyPrimitives().digest(
      algorithm, [identifier] + Array(secret.utf8) + bytes(value("CHAP_C", in: answers)))
    return ["CHAP_N=user", "CHAP_R=\(hexadecimal(digest ?? []))"]
  }

  @Test func letsInWhoKnowsTheSecret() {
    var harness = LoginHarness(chap: oneWay)
    let asked = challenge(&harness)
    let answered = harness.send(.security, next: .operational, response(asked, secret: "secret-secret"))
    #expect(answered.response?.status == .success)
    #expect(answered.response?.nextStage == .operational)
    #expect(answered.answers == [])
    #expect(harness.admit(harness.send(.operational, next: .fullFeature, [])).established != nil)
  }

  @Test func refusesAWrongSecretAndAWrongName() {
    var harness = LoginHarness(chap: oneWay)
    let wrong = response(challenge(&harness), secret: "secret-Secret")
    let action = harness.send(.security, next: .operational, wrong)
    #expect(action.failure == .chapSecret("user"))
    #expect(action.response?.status == .authenticationFailure)
    #expect(action.failure?.description.contains("secret-secret") == false)

    var other = LoginHarness(chap: oneWay)
    var pairs = response(challenge(&other), secret: "secret-secret")
    pairs[0] = "CHAP_N=someone"
    #expect(other.send(.security, next: .operational, pairs).failure == .chapName("someone"))
  }

  @Test func cannotBeGoneAround() {
    var none = LoginHarness(chap: oneWay)
    #expect(
      none.send(.security, next: .operational, names + ["AuthMethod=None"]).failure == .authenticationRequired
    )
    var silent = LoginHarness(chap: oneWay)
    #expect(silent.send(.security, next: .operational, names).failure == .authenticationRequired)
    var direct = LoginHarness(chap: oneWay)
    #expect(direct.send(.operational, next: .fullFeature, names).failure == .authenticationRequired)
    var hasty = LoginHarness(chap: oneWay)
    let early = hasty.send(.security, next: .fullFeature, names + ["AuthMethod=CHAP"])
    #expect(early.response?.isTransit == false)
    var renegotiating = LoginHarness(chap: oneWay)
    _ = renegotiating.send(.security, next: nil, names + ["AuthMethod=CHAP"])
    #expect(
      renegotiating.send(.security, next: .operational, ["AuthMethod=None"]).failure
        == .negotiation("AuthMethod"))
  }

  @Test func picksTheFirstAlgorithmItHas() {
    var harness = LoginHarness(chap: oneWay)
    #expect(value("CHAP_A", in: challenge(&harness, algorithms: "7,5")) == "7")
    var fips = LoginHarness(chap: oneWay, primitives: toyPrimitives(missing: [.md5]))
    #expect(value("CHAP_A", in: challenge(&fips, algorithms: "5,6")) == "6")
    var unknown = LoginHarness(chap: oneWay)
    _ = unknown.send(.security, next: nil, names + ["AuthMethod=CHAP"])
    #expect(unknown.send(.security, next: nil, ["CHAP_A=99"]).failure == .chapAlgorithm(offered: "99"))
  }

  @Test func provesItselfToInitiatorsThatAsk() {
    var harness = LoginHarness(chap: mutual)
    let asked = challenge(&harness)
    let pairs = response(asked, secret: "secret-secret") + ["CHAP_I=0x21", "CHAP_C=0b3q2+7w=="]
    let answers = harness.send(.security, next: .operational, pairs).answers
    let expected = toyPrimitives().digest(
      .md5, [0x21] + Array("other-secret1".utf8) + [0xDE, 0xAD, 0xBE, 0xEF])
    #expect(answers == ["CHAP_N=target", "CHAP_R=\(hexadecimal(expected ?? []))"])
  }

  @Test func refusesItsOwnChallengeAndMutualWithoutASecret() {
    var reflecting = LoginHarness(chap: mutual)
    let asked = challenge(&reflecting)
    let own = value("CHAP_C", in: asked) ?? ""
    let reflected = response(asked, secret: "secret-secret") + ["CHAP_I=1", "CHAP_C=\(own)"]
    #expect(reflecting.send(.security, next: .operational, reflected).failure == .chapReflection)

    var oneSided = LoginHarness(chap: oneWay)
    let pairs = response(challenge(&oneSided), secret: "secret-secret") + ["CHAP_I=1", "CHAP_C=0x1234"]
    #expect(oneSided.send(.security, next: .operational, pairs).failure == .chapMutualNotConfigured)
  }

  @Test func discoveryIsOpen() {
    var harness = LoginHarness(chap: oneWay)
    let first = harness.send(
      .security, next: .operational, ["InitiatorName=iqn.a", "SessionType=Discovery", "AuthMethod=CHAP,None"])
    #expect(first.answers == ["AuthMethod=None"])
    #expect(
      harness.admit(harness.send(.operational, next: .fullFeature, [])).established?.identity.type
        == .discovery)
  }

  @Test func withoutAccountsAnInitiatorThatInsistsIsRefused() {
    var harness = LoginHarness()
    let action = harness.send(.security, next: .operational, names + ["AuthMethod=CHAP"])
    #expect(action.failure == .authenticationNotOffered("CHAP"))
  }

  @Test func anInitiatorHasAnAccountOfItsOwn() {
    var policy = LoginPolicy(targetName: "iqn.2025-01.example:disk", chap: nil, primitives: toyPrimitives())
    policy.accounts = [
      InitiatorAccount(
        initiator: "iqn.a",
        credentials: CHAPCredentials(
          initiator: CHAPAccount(name: "user", secret: Array("secret-of-a-only".utf8))))
    ]
    func login(_ name: String, secret: String) -> LoginPhase.Action {
      var harness = LoginHarness(policy: policy)
      let names = ["InitiatorName=\(name)", "TargetName=iqn.2025-01.example:disk"]
      let first = harness.send(.security, next: nil, names + ["AuthMethod=CHAP,None"])
      if first.failure != nil { return first }
      let asked = harness.send(.security, next: nil, ["CHAP_A=5"]).answers
      return harness.send(.security, next: .operational, response(asked, secret: secret))
    }
    #expect(login("iqn.a", secret: "secret-of-a-only").response?.status == .success)
    #expect(login("iqn.a", secret: "secret-of-others").failure == .chapSecret("user"))
    #expect(login("iqn.b", secret: "secret-of-a-only").failure == .noAccount("iqn.b"))
    // Without CHAP there is no way around it either.
    var silent = LoginHarness(policy: policy)
    let names = ["InitiatorName=iqn.b", "TargetName=iqn.2025-01.example:disk"]
    #expect(silent.send(.operational, next: .fullFeature, names).failure == .authenticationRequired)
    policy.chap = oneWay
    #expect(login("iqn.b", secret: "secret-secret").response?.status == .success)
    #expect(login("iqn.a", secret: "secret-secret").failure == .chapSecret("user"))
  }
}
