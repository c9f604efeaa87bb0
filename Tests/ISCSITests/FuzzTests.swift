import ISCSI
import Testing

/// Mutated valid input must never trap, whatever it does.
@Suite struct FuzzTests {
  private static let seeds: [[UInt8]] = {
    var command = SCSICommandPDU(initiatorTaskTag: 1, cmdSN: 100, cdb: CommandDescriptorBlock([0x2A]))
    command.isWrite = true
    command.isFinal = false
    command.expectedLength = 8192
    command.dataLength = 8
    let data = DataOutPDU(
      initiatorTaskTag: 1, targetTransferTag: reservedTag, dataSN: 0, bufferOffset: 8, dataLength: 8)
    var ping = NOPOutPDU(initiatorTaskTag: 2, cmdSN: 101)
    ping.dataLength = 4
    var request = TextRequestPDU(initiatorTaskTag: 3, cmdSN: 101)
    request.dataLength = 16
    return [
      pdu([UInt8](repeating: 1, count: 8)) { command.encode(to: $0) },
      pdu([UInt8](repeating: 2, count: 8)) { data.encode(to: $0) },
      pdu([1, 2, 3, 4]) { ping.encode(to: $0) },
      pdu(text(["SendTargets=All"])) { request.encode(to: $0) },
      pdu { TaskManagementRequestPDU(function: .abortTask, initiatorTaskTag: 4, cmdSN: 101).encode(to: $0) },
      pdu { LogoutRequestPDU(reason: .closeSession, initiatorTaskTag: 5, cmdSN: 101).encode(to: $0) },
    ]
  }()

  @Test func fullFeaturePhaseSurvivesAnything() {
    var generator = fuzzGenerator(1)
    for _ in 0..<fuzzExecutions(3_600) / 12 {
      var harness = FullFeatureHarness()
      var exchange = TextExchange(targetName: "iqn.x", portals: ["p"], type: .discovery)
      var framing = Framing(maximumDataLength: 65_536)
      framing.hasHeaderDigest = Bool.random(using: &generator) && Bool.random(using: &generator)
      var stream: [UInt8] = []
      for _ in 0..<12 {
        stream += mutate(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &generator)], &generator)
      }
      stream.withUnsafeBytes { bytes in
        var offset = 0
        while case .pdu(let frame) = framing.next(in: UnsafeRawBufferPointer(rebasing: bytes[offset...])) {
          offset += frame.length
          _ = AdditionalHeaders(frame.additional)
          switch harness.phase.receive(frame.header, additional: frame.additional) {
          case .command(let slot, let immediate):
            #expect(immediate <= frame.data.count)
            harness.phase.demand(slot, upTo: Int.random(in: 0...100_000, using: &generator))
            _ = harness.phase.readyToTransfer(slot)
            if Bool.random(using: &generator) { _ = harness.phase.response(slot, status: 0, residual: .none) }
          case .data(let slot, let position, let length):
            #expect(length == frame.data.count)
            #expect(position + length <= harness.phase[slot].expectedDataOut)
            _ = harness.phase.readyToTransfer(slot)
          case .text(let request): _ = exchange.receive(request, data: frame.data, limit: 100)
          case .taskManagement(let request): _ = harness.phase.plan(request)
          default: break
          }
          if offset == bytes.count { break }
        }
      }
    }
  }

  @Test func loginSurvivesAnything() {
    var generator = fuzzGenerator(2)
    let credentials = CHAPCredentials(
      initiator: CHAPAccount(name: "user", secret: [1, 2, 3]), target: CHAPAccount(name: "t", secret: [4]))
    let texts = [
      text(["InitiatorName=iqn.a", "TargetName=iqn.2025-01.example:disk", "AuthMethod=CHAP,None"]),
      text(["CHAP_A=7,5,0x6"]), text(["CHAP_N=user", "CHAP_R=0x00ff", "CHAP_I=0b", "CHAP_C=0bAAAA"]),
      text(["MaxBurstLength=0x10000", "HeaderDigest=CRC32C,None", "InitialR2T=Yes"]),
    ]
    for round in 0..<fuzzExecutions(2_000) / 4 {
      var policy = LoginPolicy(
        targetName: "iqn.2025-01.example:disk", chap: round.isMultiple(of: 2) ? credentials : nil,
        primitives: toyPrimitives())
      if round.isMultiple(of: 5) {
        policy.accounts = [InitiatorAccount(initiator: "iqn.*", credentials: credentials)]
      }
      if round.isMultiple(of: 31) { policy.redirection = LoginRedirection(address: "192.0.2.1:3260") }
      var harness = LoginHarness(policy: policy)
      if round.isMultiple(of: 3) { harness.phase.session = CommandWindow(expCmdSN: .max, depth: 4) }
      for data in texts {
        var request = LoginRequestPDU(initiatorTaskTag: 1, cmdSN: 1)
        request.nextStage = round.isMultiple(of: 7) ? .fullFeature : .operational
        request.tsih = round.isMultiple(of: 3) ? 9 : 0
        request.wantsTransit = Bool.random(using: &generator)
        let header = mutate(pdu { request.encode(to: $0) }, &generator)
        let body = mutate(data, &generator)
        let action = withHeader(header) { header in
          body.withUnsafeBytes { harness.phase.receive(LoginRequestPDU(header), data: $0) }
        }
        if case .decide(let identity) = action {
          let session = identity.tsih == 0 ? nil : OperationalParameters()
          _ = harness.phase.admit(tsih: 1, joining: session)
        }
      }
    }
  }
}
