import Testing

@testable import ISCSI

/// Many addresses with good and bad logins over hours, beside a plain list of all that has happened.
@Suite struct LoginThrottleFuzzTests {
  /// What a throttle without limits of memory would know.
  private struct Model {
    var failures: [String: [UInt64]] = [:]

    func recent(_ address: String, at now: UInt64) -> Int {
      (failures[address] ?? []).count { $0 + LoginThrottle.window > now }
    }

    mutating func failed(_ address: String, at now: UInt64) {
      failures[address, default: []].removeAll { $0 + LoginThrottle.window <= now }
      failures[address, default: []].append(now)
    }

    mutating func forgetOld(at now: UInt64) {
      failures = failures.filter { $0.value.contains { $0 + LoginThrottle.window > now } }
    }
  }

  @Test func addressesAreTurnedAwayWhenTheyShouldBe() {
    var random = fuzzGenerator(9)
    var throttle = LoginThrottle()
    var model = Model()
    var now: UInt64 = 1
    var (blocked, flooded) = (0, false)
    for round in 0..<fuzzExecutions(60_000) {
      // Now and then hours pass, or so many addresses come that some are forgotten.
      if round % 4000 == 0 {
        now += LoginThrottle.window * UInt64.random(in: 0...200, using: &random)
        (throttle, model) = (LoginThrottle(), Model())
        flooded = random.once(in: 3)
      }
      now += UInt64.random(
        in: 0...(random.once(in: 50) ? LoginThrottle.window : 1_000_000_000), using: &random)
      // Threads have looked at their clocks a moment ago.
      let seen = now - min(now, UInt64.random(in: 0...(random.once(in: 3) ? 2_000_000 : 0), using: &random))
      let address = "192.0.2.\(Int.random(in: 0..<(flooded ? 2000 : 12), using: &random))"
      let isBlocked = throttle.isBlocked(address, at: seen)
      if isBlocked {
        blocked += 1
        // Never without cause, and never for longer than the window after the last failure.
        #expect(model.recent(address, at: seen) >= LoginThrottle.allowance)
        #expect(!throttle.isBlocked(address, at: (model.failures[address]?.last ?? 0) + LoginThrottle.window))
      } else if model.recent(address, at: now) >= LoginThrottle.allowance {
        // Only where there are too many to remember.
        #expect(flooded, "round \(round): \(address) should be turned away")
      }
      if random.once(in: 8), !isBlocked {
        throttle.succeeded(address)
        model.failures[address] = nil
        #expect(!throttle.isBlocked(address, at: seen))
      } else if !isBlocked || random.once(in: 4) {
        throttle.failed(address, at: seen)
        model.failed(address, at: seen)
      }
      #expect(throttle.failures.count <= LoginThrottle.capacity)
      #expect(throttle.failures[address]?.count ?? 0 <= LoginThrottle.allowance)
      if round % 500 == 0 {
        #expect(
          throttle.failures.allSatisfy { !$0.value.isEmpty && $0.value.count <= LoginThrottle.allowance })
        model.forgetOld(at: now)
      }
    }
    #expect(blocked > 0)
  }

  @Test func clocksThatAreAMomentBehindForgetNothing() {
    var throttle = LoginThrottle()
    for attempt in 0..<LoginThrottle.allowance {
      throttle.failed("192.0.2.1", at: attempt.isMultiple(of: 2) ? 1_000_000 : 999_999)
    }
    #expect(throttle.isBlocked("192.0.2.1", at: 999_998))
    #expect(throttle.isBlocked("192.0.2.1", at: 1_000_000))
  }
}
