import ISCSI
import Subprocess
import TargetService
import Testing

/// What libiscsi's own shell tests (its tests/test_*.sh) look at and no other test here does; docs/conformance.md has
/// the whole list.
@Suite struct LibiscsiScriptTests {
  private struct Account: CustomStringConvertible {
    var user: String?
    var secret: String?
    var target: String?
    var targetSecret: String?
    var isRight = false

    var description: String { "\(user ?? "nobody") of \(target ?? "any target"): \(isRight)" }

    func environment() -> Environment {
      var values: [Environment.Key: String?] = [:]
      if let user { values["LIBISCSI_CHAP_USERNAME"] = user }
      if let secret { values["LIBISCSI_CHAP_PASSWORD"] = secret }
      if let target { values["LIBISCSI_CHAP_TARGET_USERNAME"] = target }
      if let targetSecret { values["LIBISCSI_CHAP_TARGET_PASSWORD"] = targetSecret }
      return .inherit.updating(values)
    }
  }

  /// test_1000_chap.sh: every account but the right one stays outside, in both directions.
  @Test func onlyTheRightAccountGetsIn() async throws {
    let right = Account(user: "libiscsi", secret: "libiscsi-secret", isRight: true)
    var accounts = [Account(), right]
    accounts.append(Account(user: "wrong", secret: "libiscsi-secret"))
    accounts.append(Account(user: "libiscsi", secret: "wrong-secret12"))
    for (target, secret, isRight) in [
      ("target", "target-secret1", true), ("wrong", "target-secret1", false),
      ("target", "wrong-secret12", false),
    ] {
      accounts.append(
        Account(
          user: right.user, secret: right.secret, target: target, targetSecret: secret, isRight: isRight))
    }
    let chap = TargetConfiguration.CHAP(
      user: "libiscsi", secret: "libiscsi-secret", targetUser: "target", targetSecret: "target-secret1")
    for account in accounts {
      // A target each: one that had heard so many wrong secrets would turn the address away.
      try await ISCSITarget.with(megabytes: 1, .init(chap: chap)) { target in
        let result = try await run(
          .name("iscsi-inq"), arguments: ["-i", "iqn.a:one", target.url()],
          environment: account.environment(), output: .string(limit: 1 << 16), error: .combinedWithOutput)
        #expect(result.standardOutput.contains("Vendor:RAMDISK") == account.isRight, "\(account)")
      }
    }
  }

  /// test_0600_ipv6.sh
  @Test func aTargetIsReachedByIPv6() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(addresses: ["::1"])) { target in
      let inquiry = try await ISCSITarget.output(
        "iscsi-inq", ["-i", "iqn.a:one", "iscsi://[::1]:\(target.port)/\(ISCSITarget.iqn)/0"])
      #expect(inquiry.text.contains("Vendor:RAMDISK"), "\(inquiry.text)")
      let listing = try await ISCSITarget.output("iscsi-ls", ["-s", "iscsi://[::1]:\(target.port)"])
      #expect(listing.text.contains("Target:\(ISCSITarget.iqn)"), "\(listing.text)")
    }
  }

  /// test_0410_read_all_pdus.sh, seen from the other end: requests that arrive in one piece are all answered, and so
  /// are those that arrive byte by byte.
  @Test(arguments: [1, 7, 48, 1 << 20]) func requestsAreAnsweredHoweverTheyArrive(piece: Int) async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try initiator.login()
      let count = 20
      var stream: [UInt8] = []
      for number in 0..<count {
        var header = [UInt8](repeating: 0, count: BasicHeader.length)
        if number.isMultiple(of: 2) {
          let ping = NOPOutPDU(initiatorTaskTag: UInt32(number), cmdSN: initiator.cmdSN)
          header.withUnsafeMutableBytes { if let base = $0.baseAddress { ping.encode(to: base) } }
        } else {
          let read = SCSICommandPDU(
            initiatorTaskTag: UInt32(number), cmdSN: initiator.takeCommandNumber(),
            cdb: CommandDescriptorBlock([0]))
          header.withUnsafeMutableBytes { if let base = $0.baseAddress { read.encode(to: base) } }
        }
        stream += header
      }
      for start in stride(from: 0, to: stream.count, by: piece) {
        try initiator.sendRaw(Array(stream[start..<min(start + piece, stream.count)]))
      }
      var tags = Set<UInt32>()
      for _ in 0..<count { tags.insert(try initiator.receive { $0.initiatorTaskTag }) }
      #expect(tags == Set(0..<UInt32(count)))
    }
  }

  /// test_2000_reconnect.sh and test_2001_reconnect_timeout.sh: garbage ends a connection with reads at work; the same
  /// port logs in again, and goes on where it was.
  @Test func readsGoOnAfterALostConnection() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      for round in 0..<6 {
        let initiator = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
        try initiator.login()
        for block in 0..<8 {
          try initiator.start(
            tag: UInt32(block), .init([0x28, 0, 0, 0, 0, UInt8(block), 0, 0, 1]), read: 512)
        }
        let (header, data) = try initiator.receive()
        #expect(header[0] == 0x25 && data.count == 512)
        if round == 5 { return }
        if round.isMultiple(of: 2) {
          // Neither an opcode nor a length that there is.
          try initiator.sendRaw([UInt8](repeating: 0xFF, count: 256))
        } else {
          initiator.close()
        }
      }
    }
  }

  /// test_0300_nop_reply.sh looks at the initiator's answer to the target's ping: here, that what looks like one and
  /// was never asked for does no harm.
  @Test func answersToPingsThatWereNotSentAreIgnored() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try initiator.login()
      for tag: UInt32 in [0, 1, 77, .max] {
        var answer = NOPOutPDU(initiatorTaskTag: reservedTag, cmdSN: initiator.cmdSN)
        answer.targetTransferTag = tag
        try initiator.send { answer.encode(to: $0) }
      }
      #expect(try initiator.command(.init([0])) == 0)
    }
  }
}
