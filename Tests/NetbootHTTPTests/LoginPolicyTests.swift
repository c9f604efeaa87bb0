import Testing

@testable import NetbootHTTP

@Suite struct LoginPolicyTests {
  private let right: [UInt8] = [1]

  private func decide(
    _ policy: inout LoginPolicy, _ proof: [UInt8], _ now: Double, client: String = "a"
  ) -> LoginPolicy.Decision {
    policy.decide(client: client, proof: proof, now: now, equal: ==)
  }

  @Test func rememberedAsLongAsUsed() {
    var policy = LoginPolicy()
    #expect(decide(&policy, right, 0) == .check)
    policy.succeeded(client: "a", proof: right, now: 0)
    #expect(decide(&policy, right, 599) == .known)
    #expect(decide(&policy, right, 1198) == .known)
    #expect(decide(&policy, right, 1799) == .check)
  }

  @Test func onlyTheSameClientAndPassword() {
    var policy = LoginPolicy()
    policy.succeeded(client: "a", proof: right, now: 0)
    #expect(decide(&policy, [2], 1) == .check)
    #expect(decide(&policy, right, 1, client: "b") == .check)
  }

  @Test func waitsGrowAndEnd() {
    var policy = LoginPolicy()
    for failure in 1..<LoginPolicy.freeFailures {
      policy.failed(client: "a", now: Double(failure))
      #expect(decide(&policy, [2], Double(failure)) == .check)
    }
    var now = 10.0
    var waits: [Int] = []
    for _ in 0..<9 {
      policy.failed(client: "a", now: now)
      guard case .wait(let seconds) = decide(&policy, [2], now) else {
        Issue.record("no wait after \(waits.count) failures")
        return
      }
      waits.append(seconds)
      now += Double(seconds)
      #expect(decide(&policy, [2], now) == .check)
    }
    #expect(waits == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    #expect(decide(&policy, right, now, client: "b") == .check)
  }

  /// A wrong password from the same address must not lock out who has proven the right one.
  @Test func failuresKeepTheProof() {
    var policy = LoginPolicy()
    policy.succeeded(client: "a", proof: right, now: 0)
    for now in 1...20 { policy.failed(client: "a", now: Double(now)) }
    #expect(decide(&policy, right, 21) == .known)
    #expect(decide(&policy, [2], 21) != .check)
  }

  @Test func successForgetsFailures() {
    var policy = LoginPolicy()
    for now in 0..<4 { policy.failed(client: "a", now: Double(now)) }
    policy.succeeded(client: "a", proof: right, now: 5)
    policy.failed(client: "a", now: 6)
    #expect(decide(&policy, [2], 6) == .check)
  }

  @Test func memoryIsBounded() {
    var policy = LoginPolicy()
    policy.succeeded(client: "a", proof: right, now: 0)
    for client in 0..<(2 * LoginPolicy.mostClients) {
      policy.failed(client: "\(client)", now: Double(client) / 100)
    }
    #expect(policy.count == LoginPolicy.mostClients)
    #expect(decide(&policy, right, 21) == .check)
  }
}
