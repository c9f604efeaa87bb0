import ISCSI
import TargetService
import Testing

/// What the target does not put up with, and how it ends.
@Suite struct ISCSILimitTests {
  @Test func connectionsThatDoNotLogInAreClosed() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(loginTimeout: 1)) { target in
      let silent = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      // One byte of a header is not a login.
      try silent.sendRaw([0x43])
      #expect(silent.isClosedByTarget())
    }
  }

  @Test func tooManyConnectionsAreClosedAtOnce() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(connectionLimit: 2)) { target in
      let first = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try first.login()
      let second = try ISCSIInitiator(target, name: "iqn.a", isid: 2)
      try second.login()
      let third = try ISCSIInitiator(target, name: "iqn.a", isid: 3)
      #expect(third.isClosedByTarget())
      second.close()
      #expect(await eventually { target.server.status().sessions.count == 1 })
      let hasRoom = await eventually {
        guard let next = try? ISCSIInitiator(target, name: "iqn.a", isid: 4) else { return false }
        return (try? next.login()) != nil
      }
      #expect(hasRoom)
    }
  }

  @Test func dataLongerThanDeclaredEndsTheConnection() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      var header = [UInt8](repeating: 0, count: 48)
      header[0] = 0x01
      header[5] = 0xFF
      try initiator.sendRaw(header)
      #expect(initiator.isClosedByTarget())
    }
  }

  @Test func garbageBeforeAndAfterLoginIsSurvived() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      for opcode in UInt8.min...63 {
        let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: UInt64(opcode) + 1)
        if opcode.isMultiple(of: 2) { try initiator.login() }
        var header = [UInt8](repeating: opcode &* 7, count: 48)
        header[0] = opcode
        header[4] = 0
        header[5] = 0
        header[6] = 0
        header[7] = 0
        try initiator.sendRaw(header)
        initiator.close()
      }
      #expect(await eventually { target.server.status().sessions.isEmpty })
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
    }
  }

  @Test func stoppingWaitsForCommandsAndFlushes() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      target.server.stop(drain: .seconds(5))
      #expect(initiator.isClosedByTarget())
      #expect(target.events.all.contains(.stopped))
      #expect(throws: TargetError.alreadyStarted) { try target.server.start() }
    }
  }

  @Test func configurationsThatContradictThemselvesAreRefused() async throws {
    await #expect(throws: TargetError.noPortal) {
      try await ISCSITarget.with(megabytes: 1, .init(addresses: [])) { _ in }
    }
    await #expect(throws: TargetError.lunUsedTwice(0)) {
      try await ISCSITarget.with(megabytes: 1, .init(luns: [0, 0])) { _ in }
    }
    await #expect(throws: TargetError.chapSecretsEqual) {
      try await ISCSITarget.with(
        megabytes: 1, .init(chap: .init(user: "a", secret: "same", targetUser: "b", targetSecret: "same"))
      ) { _ in }
    }
    await #expect(throws: TargetError.address("example.net")) {
      try await ISCSITarget.with(megabytes: 1, .init(addresses: ["example.net"])) {
        _ in
      }
    }
  }
}
