import ISCSI
import Testing

@Suite struct SessionRegistryTests {
  private func identity(_ name: String, isid: UInt64 = 1, _ type: SessionType = .normal) -> LoginIdentity {
    LoginIdentity(initiatorName: name, type: type, isid: ISID(isid))
  }

  @Test func oneNameAtATimeMayWrite() {
    var registry = SessionRegistry(limit: 8, isExclusive: true)
    #expect(registry.decide(identity("iqn.a")) == .admit(tsih: 1))
    #expect(registry.decide(identity("iqn.b")) == .refuse(.inUse(by: "iqn.a")))
    // The half-open session of a boot loader does not keep its operating system out.
    #expect(registry.decide(identity("iqn.a", isid: 2)) == .admit(tsih: 2))
    #expect(registry.decide(identity("iqn.b", .discovery)) == .admit(tsih: 3))
    registry.remove(tsih: 1)
    #expect(registry.decide(identity("iqn.b")) == .refuse(.inUse(by: "iqn.a")))
    registry.remove(tsih: 2)
    #expect(registry.decide(identity("iqn.b")) == .admit(tsih: 4))
  }

  @Test func theSamePortEndsItsOldSessionFirst() {
    var registry = SessionRegistry(limit: 8, isExclusive: true)
    #expect(registry.decide(identity("iqn.a")) == .admit(tsih: 1))
    #expect(registry.decide(identity("iqn.a")) == .reinstate(ending: 1))
    registry.remove(tsih: 1)
    #expect(registry.decide(identity("iqn.a")) == .admit(tsih: 2))
  }

  @Test func anotherPortalGroupIsAnotherNexus() {
    var registry = SessionRegistry(limit: 8, isExclusive: true)
    #expect(registry.decide(identity("iqn.a")) == .admit(tsih: 1))
    var other = identity("iqn.a")
    other.portalGroupTag = 2
    #expect(registry.decide(other) == .admit(tsih: 2))
    #expect(registry.decide(other) == .reinstate(ending: 2))
  }

  @Test func readOnlyUnitsAreSharedUpToTheLimit() {
    var registry = SessionRegistry(limit: 2, isExclusive: false)
    #expect(registry.decide(identity("iqn.a")) == .admit(tsih: 1))
    #expect(registry.decide(identity("iqn.b")) == .admit(tsih: 2))
    #expect(registry.decide(identity("iqn.c")) == .refuse(.tooManySessions))
  }
}

@Suite struct KeepAliveTests {
  private func nop(_ harness: inout FullFeatureHarness, _ change: (inout NOPOutPDU) -> Void) {
    var nop = NOPOutPDU(initiatorTaskTag: 1, cmdSN: 100)
    change(&nop)
    _ = harness.receive(pdu { nop.encode(to: $0) })
  }

  @Test func whoNeverPingsIsNeverPinged() {
    var harness = FullFeatureHarness()
    harness.phase.heard(at: 1)
    #expect(harness.phase.tick(at: KeepAlive.interval * 100) == .nothing)
  }

  @Test func whoHasAnsweredIsGivenUpWhenItStops() {
    var harness = FullFeatureHarness()
    harness.phase.heard(at: 1)
    nop(&harness) { _ in }
    let start = KeepAlive.interval + 2
    #expect(harness.phase.tick(at: KeepAlive.interval) == .nothing)
    #expect(harness.phase.tick(at: start) == .ping(tag: 1))
    // Not having answered any yet, it is not given up: it may not know how.
    #expect(harness.phase.tick(at: start + KeepAlive.patience * 9) == .nothing)
    nop(&harness) {
      $0.initiatorTaskTag = reservedTag
      $0.targetTransferTag = 1
    }
    let again = start + KeepAlive.patience * 9
    #expect(harness.phase.tick(at: again) == .ping(tag: 2))
    #expect(harness.phase.tick(at: again + KeepAlive.patience) == .nothing)
    #expect(harness.phase.tick(at: again + KeepAlive.patience + 1) == .giveUp)
  }
}

@Suite struct LoginThrottleTests {
  @Test func turnsAnAddressAwayForAWhile() {
    var throttle = LoginThrottle()
    for attempt in 0..<LoginThrottle.allowance {
      #expect(!throttle.isBlocked("192.0.2.1", at: 100))
      throttle.failed("192.0.2.1", at: UInt64(attempt))
    }
    #expect(throttle.isBlocked("192.0.2.1", at: 100))
    #expect(!throttle.isBlocked("192.0.2.2", at: 100))
    #expect(!throttle.isBlocked("192.0.2.1", at: LoginThrottle.window + 100))
    throttle.succeeded("192.0.2.1")
    #expect(!throttle.isBlocked("192.0.2.1", at: 100))
  }

  @Test func remembersOnlySoManyAddresses() {
    var throttle = LoginThrottle()
    for _ in 0..<LoginThrottle.allowance { throttle.failed("first", at: 1) }
    for number in 0..<LoginThrottle.capacity { throttle.failed("address \(number)", at: UInt64(2 + number)) }
    #expect(!throttle.isBlocked("first", at: 2))
  }
}
