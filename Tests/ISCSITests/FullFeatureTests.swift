import ISCSI
import Testing

@Suite struct FullFeatureTests {
  @Test func commandsOutsideTheWindowAreIgnored() {
    var harness = FullFeatureHarness()
    #expect(harness.command(tag: 1) { $0.cmdSN = 99 } == .ignore)
    #expect(harness.command(tag: 2) { $0.cmdSN = 104 } == .ignore)
    #expect(harness.command(tag: 3) == .command(slot: 0, immediate: 0))
    #expect(harness.phase.window.expCmdSN == 101)
    // A gap cannot be filled on the only connection.
    #expect(harness.command(tag: 4) { $0.cmdSN = 102 } == .fail(.missingCommands(expected: 101, got: 102)))
  }

  @Test func theWindowOpensWhenCommandsEnd() {
    var harness = FullFeatureHarness(depth: 2)
    #expect(harness.phase.window.maxCmdSN == 101)
    #expect(harness.command(tag: 1) == .command(slot: 0, immediate: 0))
    #expect(harness.command(tag: 2) == .command(slot: 1, immediate: 0))
    #expect(harness.phase.window.maxCmdSN == 101)
    #expect(harness.command(tag: 3) == .ignore)
    // Immediate commands pass, up to their own limit, and do not move the window.
    for tag in 10..<(10 + UInt32(FullFeaturePhase.immediateSlots)) {
      guard case .command = harness.command(tag: tag, { $0.isImmediate = true }) else {
        Issue.record("immediate command refused")
        return
      }
    }
    #expect(harness.command(tag: 30) { $0.isImmediate = true } == .reject(.tooManyImmediateCommands))
    let response = harness.phase.response(0, status: 0, residual: .none)
    #expect(response.numbers == SequenceNumbers(statSN: 10, expCmdSN: 102, maxCmdSN: 102))
    #expect(harness.phase.slot(ofTask: 1) == nil)
  }

  @Test func dataInIsCutIntoSegmentsAndBursts() {
    var harness = FullFeatureHarness { $0.maximumBurstLength = 8192 }
    let event = harness.command(tag: 1) {
      $0.isRead = true
      $0.expectedLength = 10_000
    }
    #expect(event == .command(slot: 0, immediate: 0))
    var pdus: [DataInPDU] = []
    while harness.phase[0].sent < 10_000, pdus.count < 10 {
      let length = min(harness.phase.dataInLimit(0), 10_000 - harness.phase[0].sent)
      let isLast = harness.phase[0].sent + length == 10_000
      pdus.append(harness.phase.dataIn(0, length: length, isLast: isLast, good: isLast ? .underflow(5) : nil))
    }
    #expect(pdus.map(\.dataLength) == [4096, 4096, 1808])
    #expect(pdus.map(\.bufferOffset) == [0, 4096, 8192])
    #expect(pdus.map(\.dataSN) == [0, 1, 2])
    #expect(pdus.map(\.isFinal) == [false, true, true])
    #expect(pdus.map(\.hasStatus) == [false, false, true])
    #expect(pdus[2].residual == .underflow(5))
    #expect(pdus[2].numbers.statSN == 10)
    #expect(harness.phase.statSN == 11)
    #expect(harness.phase.slot(ofTask: 1) == nil)
  }

  @Test func writesAreAskedForBurstByBurst() {
    var harness = FullFeatureHarness()
    let slot = harness.write(tag: 5, length: 40_000, immediate: 4096)
    harness.phase.demand(slot, upTo: 40_000)
    let first = harness.phase.readyToTransfer(slot)
    #expect(first?.bufferOffset == 4096)
    #expect(first?.desiredLength == 16_384)
    #expect(first?.r2tSN == 0)
    #expect(first?.numbers.statSN == 10)
    #expect(harness.phase.readyToTransfer(slot) == nil)
    let tag = first?.targetTransferTag ?? 0
    #expect(
      harness.data(tag: 5, transfer: tag, sn: 0, offset: 4096, length: 8192, isFinal: false)
        == .data(slot: slot, offset: 4096, length: 8192))
    #expect(
      harness.data(tag: 5, transfer: tag, sn: 1, offset: 12_288, length: 8192, isFinal: true)
        == .data(slot: slot, offset: 12_288, length: 8192))
    let second = harness.phase.readyToTransfer(slot)
    #expect(second?.bufferOffset == 20_480)
    #expect(second?.desiredLength == 16_384)
    #expect(second?.r2tSN == 1)
    #expect(harness.phase.statSN == 10)
  }

  @Test func unsolicitedDataComesBeforeTheFirstR2T() {
    var harness = FullFeatureHarness()
    let slot = harness.write(tag: 5, length: 12_288, immediate: 4096, isFinal: false)
    harness.phase.demand(slot, upTo: 12_288)
    #expect(harness.phase[slot].awaitsData)
    #expect(harness.phase.readyToTransfer(slot) == nil)
    #expect(
      harness.data(tag: 5, sn: 0, offset: 4096, length: 4096, isFinal: true)
        == .data(slot: slot, offset: 4096, length: 4096))
    #expect(harness.phase.readyToTransfer(slot)?.bufferOffset == 8192)
  }

  @Test func immediateDataBeyondTheExpectedLengthIsDropped() {
    var harness = FullFeatureHarness()
    let event = harness.command(tag: 1) {
      $0.isWrite = true
      $0.expectedLength = 512
      $0.dataLength = 1024
    }
    #expect(event == .command(slot: 0, immediate: 512))
    let read = harness.command(tag: 2) {
      $0.isRead = true
      $0.dataLength = 1024
    }
    #expect(read == .command(slot: 1, immediate: 0))
  }

  @Test func dataThatDoesNotFitSpoilsTheCommandOnly() {
    func spoiled(_ send: (inout FullFeatureHarness, UInt32) -> FullFeatureEvent?) -> Bool {
      var harness = FullFeatureHarness()
      let slot = harness.write(tag: 5, length: 8192)
      harness.phase.demand(slot, upTo: 8192)
      let tag = harness.phase.readyToTransfer(slot)?.targetTransferTag ?? 0
      return send(&harness, tag) == .badData(slot: slot) && !harness.phase[slot].awaitsData
    }
    #expect(spoiled { $0.data(tag: 5, transfer: $1, sn: 27, offset: 0, length: 512, isFinal: true) })
    #expect(spoiled { $0.data(tag: 5, transfer: $1, sn: 0, offset: 512, length: 512, isFinal: true) })
    #expect(spoiled { $0.data(tag: 5, transfer: $1, sn: 0, offset: 0xFFFF_FE00, length: 512, isFinal: true) })
    #expect(spoiled { $0.data(tag: 5, transfer: $1, sn: 0, offset: 0, length: 8193, isFinal: true) })
    #expect(spoiled { $0.data(tag: 5, sn: $1 &- $1, offset: 0, length: 512, isFinal: true) })
  }

  @Test func dataOfTasksThatAreGoneIsIgnored() {
    var harness = FullFeatureHarness()
    let slot = harness.write(tag: 5, length: 8192)
    harness.phase.demand(slot, upTo: 8192)
    let tag = harness.phase.readyToTransfer(slot)?.targetTransferTag ?? 0
    harness.phase.abort(slot)
    #expect(harness.data(tag: 5, transfer: tag, sn: 0, offset: 0, length: 512, isFinal: true) == .ignore)
    // The slot's next user has the same tag, but is another.
    #expect(harness.write(tag: 5, length: 8192) == slot)
    #expect(harness.data(tag: 5, transfer: tag, sn: 0, offset: 0, length: 512, isFinal: true) == .ignore)
    #expect(
      harness.data(tag: 5, transfer: 0xFFFF_0000, sn: 0, offset: 0, length: 1, isFinal: true) == .ignore)
  }

  @Test func aDiscoverySessionTakesNoCommands() {
    var harness = FullFeatureHarness(type: .discovery)
    #expect(harness.command(tag: 1) == .reject(.protocolError))
    let text = TextRequestPDU(initiatorTaskTag: 2, cmdSN: 100)
    #expect(harness.receive(pdu { text.encode(to: $0) }) == .text(text))
  }

  @Test func otherPDUsAreRejectedOrEndTheConnection() {
    var harness = FullFeatureHarness()
    #expect(harness.receive(pdu { $0.storeBytes(of: 0x10, as: UInt8.self) }) == .reject(.snackReject))
    #expect(harness.receive(pdu { $0.storeBytes(of: 0x1C, as: UInt8.self) }) == .reject(.commandNotSupported))
    #expect(harness.receive(pdu { $0.storeBytes(of: 0x43, as: UInt8.self) }) == .fail(.loginInFullFeature))
    #expect(
      harness.receive(pdu { $0.storeBytes(of: 0x25, as: UInt8.self) }) == .fail(.unexpectedOpcode(0x25)))
  }

  @Test func taskManagementFindsItsTasks() {
    var harness = FullFeatureHarness()
    let slot = harness.write(tag: 5, length: 512)
    func plan(
      _ function: TaskManagementFunction, _ change: (inout TaskManagementRequestPDU) -> Void = { _ in }
    )
      -> FullFeaturePhase.TaskManagementPlan
    {
      var request = TaskManagementRequestPDU(function: function, initiatorTaskTag: 9, cmdSN: 101)
      change(&request)
      return harness.phase.plan(request)
    }
    #expect(plan(.abortTask) { $0.referencedTaskTag = 5 } == .abortTask(slot: slot))
    #expect(plan(.abortTask) { $0.referencedTaskTag = 6 } == .answer(.taskDoesNotExist))
    // Not there yet, but inside the window: counts as aborted (RFC 7143 11.6.1).
    #expect(plan(.abortTask) { $0.refCmdSN = 102 } == .answer(.complete))
    #expect(plan(.logicalUnitReset) == .resetUnit(lun: 0))
    #expect(plan(.targetColdReset) == .resetTarget(cold: true))
    #expect(plan(.taskReassign) == .answer(.reassignmentNotSupported))
  }
}
