import ISCSI
import Testing

/// What real initiators offer in the operational stage, and what must come back.
struct OfferedKeys: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let offers: [String]
  let answers: [String]
}

@Suite struct LoginTests {
  private static let names = [
    "InitiatorName=iqn.2010-04.org.ipxe:host", "TargetName=iqn.2025-01.example:disk",
  ]

  static let initiators = [
    OfferedKeys(
      testDescription: "iPXE",
      offers: [
        "HeaderDigest=None", "DataDigest=None", "MaxConnections=1", "InitialR2T=Yes", "ImmediateData=No",
        "MaxRecvDataSegmentLength=8192", "MaxBurstLength=262144", "FirstBurstLength=65536",
        "DefaultTime2Wait=0",
        "DefaultTime2Retain=0", "MaxOutstandingR2T=1", "DataPDUInOrder=Yes", "DataSequenceInOrder=Yes",
        "ErrorRecoveryLevel=0",
      ],
      answers: [
        "HeaderDigest=None", "DataDigest=None", "MaxConnections=1", "InitialR2T=Yes", "ImmediateData=No",
        "MaxRecvDataSegmentLength=262144", "MaxBurstLength=262144", "FirstBurstLength=65536",
        "DefaultTime2Wait=0",
        "DefaultTime2Retain=0", "MaxOutstandingR2T=1", "DataPDUInOrder=Yes", "DataSequenceInOrder=Yes",
        "ErrorRecoveryLevel=0",
      ]),
    OfferedKeys(
      testDescription: "open-iscsi",
      offers: [
        "HeaderDigest=None", "DataDigest=None", "DefaultTime2Wait=2", "DefaultTime2Retain=0", "IFMarker=No",
        "OFMarker=No", "ErrorRecoveryLevel=0", "InitialR2T=No", "ImmediateData=Yes",
        "MaxBurstLength=16776192",
        "FirstBurstLength=262144", "MaxOutstandingR2T=1", "MaxConnections=1", "DataPDUInOrder=Yes",
        "DataSequenceInOrder=Yes", "MaxRecvDataSegmentLength=262144",
      ],
      answers: [
        "HeaderDigest=None", "DataDigest=None", "DefaultTime2Wait=2", "DefaultTime2Retain=0", "IFMarker=No",
        "OFMarker=No", "ErrorRecoveryLevel=0", "InitialR2T=No", "ImmediateData=Yes", "MaxBurstLength=1048576",
        "FirstBurstLength=262144", "MaxOutstandingR2T=1", "MaxConnections=1", "DataPDUInOrder=Yes",
        "DataSequenceInOrder=Yes", "MaxRecvDataSegmentLength=262144",
      ]),
    OfferedKeys(
      testDescription: "edk2",
      offers: [
        "HeaderDigest=None,CRC32C", "DataDigest=CRC32C,None", "ErrorRecoveryLevel=2", "InitialR2T=No",
        "ImmediateData=Yes", "MaxRecvDataSegmentLength=65536", "MaxBurstLength=262144",
        "FirstBurstLength=65536",
        "MaxConnections=1", "DefaultTime2Wait=2", "DefaultTime2Retain=20", "MaxOutstandingR2T=8",
      ],
      answers: [
        "HeaderDigest=None", "DataDigest=CRC32C", "ErrorRecoveryLevel=0", "InitialR2T=No",
        "ImmediateData=Yes",
        "MaxRecvDataSegmentLength=262144", "MaxBurstLength=262144", "FirstBurstLength=65536",
        "MaxConnections=1",
        "DefaultTime2Wait=2", "DefaultTime2Retain=0", "MaxOutstandingR2T=1",
      ]),
    OfferedKeys(
      testDescription: "RFC 7144 and unknown keys",
      offers: ["iSCSIProtocolLevel=2", "TaskReporting=FastAbort,RFC3720", "X-com.example=1"],
      answers: ["iSCSIProtocolLevel=1", "TaskReporting=RFC3720", "X-com.example=NotUnderstood"]),
  ]

  @Test(arguments: initiators)
  func answersWhatIsOfferedAndNothingElse(_ keys: OfferedKeys) {
    var harness = LoginHarness()
    let first = harness.send(
      .security, next: .operational, Self.names + ["SessionType=Normal", "AuthMethod=None"])
    #expect(first.answers == ["TargetPortalGroupTag=1", "AuthMethod=None"])
    #expect(first.response?.nextStage == .operational)
    let last = harness.admit(harness.send(.operational, next: .fullFeature, keys.offers))
    #expect(last.answers == keys.answers)
    #expect(last.response?.tsih == 7)
    #expect(last.response?.nextStage == .fullFeature)
  }

  @Test func mayStartInTheOperationalStage() {
    // FreeBSD's isboot does without CHAP.
    var harness = LoginHarness()
    let action = harness.admit(
      harness.send(
        .operational, next: .fullFeature,
        Self.names + ["SessionType=Normal", "MaxRecvDataSegmentLength=65536", "HeaderDigest=CRC32C,None"]))
    #expect(
      action.answers == ["TargetPortalGroupTag=1", "MaxRecvDataSegmentLength=262144", "HeaderDigest=CRC32C"])
    let parameters = action.established?.parameters
    #expect(parameters?.headerDigest == true)
    #expect(parameters?.dataDigest == false)
    #expect(parameters?.initiatorMaximumDataLength == 65_536)
    #expect(parameters?.targetMaximumDataLength == 262_144)
    #expect(parameters?.initialR2T == true)
  }

  @Test func countersContinueFromTheFirstRequest() {
    var harness = LoginHarness()
    let first = harness.send(.security, next: .operational, Self.names + ["AuthMethod=None"])
    #expect(first.response?.numbers == SequenceNumbers(statSN: 500, expCmdSN: 100, maxCmdSN: 227))
    let last = harness.admit(harness.send(.operational, next: .fullFeature, []))
    #expect(last.response?.numbers.statSN == 501)
    #expect(last.established?.numbers == SequenceNumbers(statSN: 502, expCmdSN: 100, maxCmdSN: 227))
  }

  @Test func takesTextInSeveralRequests() {
    var harness = LoginHarness()
    let whole = text(Self.names)
    var request = LoginRequestPDU(initiatorTaskTag: 1, cmdSN: 1)
    request.currentStage = .operational
    request.isContinued = true
    let first = whole.prefix(20).withUnsafeBytes { harness.phase.receive(request, data: $0) }
    #expect(first.answers == [])
    #expect(first.response?.isTransit == false)
    request.isContinued = false
    request.wantsTransit = true
    request.nextStage = .fullFeature
    let second = whole.dropFirst(20).withUnsafeBytes { harness.phase.receive(request, data: $0) }
    #expect(
      second
        == .decide(
          LoginIdentity(initiatorName: "iqn.2010-04.org.ipxe:host", type: .normal, isid: ISID(0))))
  }

  @Test func refusesWithTheStatusOfTheStandard() {
    func refusal(_ pairs: [String], change: (inout LoginRequestPDU) -> Void = { _ in }) -> LoginStatus? {
      var harness = LoginHarness(allowed: ["iqn.2010-04.org.ipxe:*"])
      let action = harness.send(.operational, next: .fullFeature, pairs, change: change)
      #expect(action.failure?.status == action.response?.status)
      return action.response?.status
    }
    #expect(refusal(["TargetName=iqn.2025-01.example:disk"]) == .missingParameter)
    #expect(refusal(["InitiatorName=iqn.2010-04.org.ipxe:a"]) == .missingParameter)
    #expect(refusal(["InitiatorName=iqn.2010-04.org.ipxe:a", "TargetName=iqn.x"]) == .targetNotFound)
    #expect(
      refusal(["InitiatorName=iqn.evil", "TargetName=iqn.2025-01.example:disk"]) == .authorizationFailure)
    #expect(refusal(Self.names + ["SessionType=Other"]) == .sessionTypeNotSupported)
    #expect(refusal(Self.names) { $0.versionMin = 1 } == .unsupportedVersion)
    #expect(refusal(Self.names) { $0.currentStage = nil } == .initiatorError)
    #expect(refusal(Self.names + ["MaxBurstLength=1"]) == .initiatorError)
    #expect(refusal(Self.names + ["InitialR2T=Yes", "InitialR2T=No"]) == .initiatorError)
    #expect(refusal(["garbage"]) == .initiatorError)
    // Names that no TransportID could carry: a comma, and what is longer than 223 bytes in lower case.
    let target = "TargetName=iqn.2025-01.example:disk"
    #expect(refusal(["InitiatorName=iqn.2010-04.org.ipxe:a,b", target]) == .initiatorError)
    let long = "iqn.2010-04.org.ipxe:" + String(repeating: "\u{0130}", count: 100)
    #expect(refusal(["InitiatorName=\(long)", target]) == .initiatorError)
  }

  @Test func aSessionInUseIsRefusedWithItsReason() {
    var harness = LoginHarness()
    _ = harness.send(.operational, next: .fullFeature, Self.names)
    let action = harness.phase.refuse(.inUse(by: "iqn.other"))
    #expect(action.response?.status == .authorizationFailure)
    #expect(action.failure?.description == "the disk is in use by iqn.other")
  }

  @Test func aFurtherConnectionTakesTheParametersOfItsSession() {
    var session = OperationalParameters()
    session.maximumBurstLength = 4096
    session.maximumConnections = 2
    var harness = LoginHarness()
    harness.phase.session = CommandWindow(expCmdSN: 777, depth: 4)
    let action = harness.send(
      .operational, next: .fullFeature,
      Self.names + ["MaxBurstLength=65536", "HeaderDigest=CRC32C", "MaxConnections=8"]
    ) { $0.tsih = 9 }
    guard case .decide(let identity) = action else {
      Issue.record("\(action)")
      return
    }
    #expect(identity.tsih == 9)
    let admitted = harness.phase.admit(tsih: 9, joining: session)
    #expect(
      admitted.answers == [
        "TargetPortalGroupTag=1", "MaxBurstLength=Irrelevant", "HeaderDigest=CRC32C",
        "MaxConnections=Irrelevant",
      ])
    #expect(admitted.established?.parameters.maximumBurstLength == 4096)
    #expect(admitted.established?.parameters.headerDigest == true)
    #expect(admitted.response?.numbers.maxCmdSN == 780)
  }

  @Test func connectionsOfASessionAreLimited() {
    var harness = LoginHarness()
    let action = harness.admit(
      harness.send(.operational, next: .fullFeature, Self.names + ["MaxConnections=100"]))
    #expect(action.answers.contains("MaxConnections=8"))
    #expect(action.established?.parameters.maximumConnections == 8)
  }

  @Test func aTargetThatHasMovedSaysWhere() {
    var policy = LoginPolicy(targetName: "iqn.2025-01.example:disk", primitives: toyPrimitives())
    policy.redirection = LoginRedirection(address: "[2001:db8::1]:3260")
    var harness = LoginHarness(policy: policy)
    let action = harness.send(.operational, next: .fullFeature, Self.names)
    #expect(action.response?.status == .targetMovedTemporarily)
    #expect(action.answers == ["TargetAddress=[2001:db8::1]:3260"])
    // Discovery goes on here.
    var discovery = LoginHarness(policy: policy)
    let other = discovery.send(
      .operational, next: .fullFeature, [Self.names[0], "SessionType=Discovery"])
    #expect(discovery.admit(other).established != nil)
  }

  @Test func aLoginIsToldItsPortalGroup() {
    var policy = LoginPolicy(
      targetName: "iqn.2025-01.example:disk", portalGroupTag: 5, primitives: toyPrimitives())
    var harness = LoginHarness(policy: policy)
    let action = harness.admit(harness.send(.operational, next: .fullFeature, Self.names))
    #expect(action.answers.contains("TargetPortalGroupTag=5"))
    #expect(action.established?.identity.portalGroupTag == 5)
    policy.redirection = LoginRedirection(address: "192.0.2.1:3260", isPermanent: true)
    var moved = LoginHarness(policy: policy)
    let answer = moved.send(.operational, next: .fullFeature, Self.names)
    #expect(answer.response?.status == .targetMovedPermanently)
  }

  @Test func anEndlessLoginEnds() {
    var harness = LoginHarness()
    var action = harness.send(.operational, next: nil, Self.names)
    for _ in 0..<LoginPhase.requestLimit where action.failure == nil {
      action = harness.send(.operational, next: nil, [])
    }
    #expect(action.failure == .protocolError("no end of requests"))
  }
}
