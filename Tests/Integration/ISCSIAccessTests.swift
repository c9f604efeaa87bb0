import TargetService
import Testing

/// Who gets in, by initiators that nobody here wrote.
@Suite struct ISCSIAccessTests {
  private static let chap = TargetConfiguration.CHAP(
    user: "user", secret: "secret-secret", targetUser: "target", targetSecret: "other-secret1")

  private func inquire(
    _ target: ISCSITarget, account: String? = nil, options: String = "", name: String = "iqn.a:one"
  )
    async throws -> (succeeded: Bool, text: String)
  {
    try await ISCSITarget.output(
      "iscsi-inq", ["-i", name, target.url(account: account, options: options)])
  }

  @Test func discoveryListsTheTargetAndItsUnit() async throws {
    try await ISCSITarget.with { target in
      let listing = try await ISCSITarget.output("iscsi-ls", ["-s", target.url(lun: nil)])
      #expect(listing.succeeded)
      #expect(listing.text.contains("Target:\(ISCSITarget.iqn) Portal:127.0.0.1:\(target.port),1"))
      #expect(listing.text.contains("Lun:0    Type:DIRECT_ACCESS"))
    }
  }

  @Test func theRightSecretLetsIn() async throws {
    try await ISCSITarget.with(.init(chap: ISCSIAccessTests.chap)) { target in
      let right = try await inquire(target, account: "user%secret-secret")
      #expect(right.text.contains("Vendor:RAMDISK"))
      let mutual = try await inquire(
        target, account: "user%secret-secret", options: "?target_user=target&target_password=other-secret1")
      #expect(mutual.text.contains("Vendor:RAMDISK"), "\(mutual.text)")
    }
  }

  @Test func wrongSecretsAreRefusedOnBothSides() async throws {
    try await ISCSITarget.with(.init(chap: ISCSIAccessTests.chap)) { target in
      let wrong = try await inquire(target, account: "user%secret-Secret")
      #expect(!wrong.text.contains("Vendor:RAMDISK"))
      let none = try await inquire(target)
      #expect(!none.text.contains("Vendor:RAMDISK"))
      // The initiator does not believe a target with the wrong secret.
      let impostor = try await inquire(
        target, account: "user%secret-secret", options: "?target_user=target&target_password=another-secret")
      #expect(!impostor.text.contains("Vendor:RAMDISK"))
      #expect(
        await target.events.waitFor {
          $0
            == .loginRefused(
              initiator: "iqn.a:one", address: "127.0.0.1", reason: "the CHAP secret of user is wrong")
        })
    }
  }

  @Test func anAddressThatKeepsGuessingIsTurnedAway() async throws {
    try await ISCSITarget.with(.init(chap: ISCSIAccessTests.chap)) { target in
      for _ in 0..<10 { _ = try await inquire(target, account: "user%guess-guess-12") }
      let right = try await inquire(target, account: "user%secret-secret")
      #expect(!right.text.contains("Vendor:RAMDISK"))
    }
  }

  @Test func initiatorsThatAreNotListedAreRefused() async throws {
    try await ISCSITarget.with(.init(allowedInitiators: ["iqn.a:*"])) { target in
      let listed = try await inquire(target, name: "iqn.a:any")
      #expect(listed.text.contains("Vendor:RAMDISK"))
      let other = try await inquire(target, name: "iqn.b:any")
      #expect(!other.text.contains("Vendor:RAMDISK"))
    }
  }

  @Test func aSecondNameIsRefusedWhileTheFirstIsThere() async throws {
    try await ISCSITarget.with { target in
      let first = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try first.login()
      // Its operating system takes over with a session of its own, while the first stays half open.
      let takeover = try ISCSIInitiator(target, name: "iqn.a:one", isid: 2)
      try takeover.login()
      let other = try await inquire(target, name: "iqn.b:two")
      #expect(!other.text.contains("Vendor:RAMDISK"))
      #expect(
        await target.events.waitFor {
          $0
            == .loginRefused(
              initiator: "iqn.b:two", address: "127.0.0.1", reason: "the disk is in use by iqn.a:one")
        })
      first.close()
      takeover.close()
      #expect(await eventually { target.server.status().sessions.isEmpty })
      let second = try await inquire(target, name: "iqn.b:two")
      #expect(second.text.contains("Vendor:RAMDISK"))
    }
  }

  @Test func readOnlyUnitsAreSharedByMany() async throws {
    try await ISCSITarget.with(mode: .readOnly) { target in
      let first = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try first.login()
      let second = try await inquire(target, name: "iqn.b:two")
      #expect(second.text.contains("Vendor:RAMDISK"))
      #expect(target.server.status().units.first?.isReadOnly == true)
    }
  }

  @Test func theSamePortAgainEndsItsOldSession() async throws {
    try await ISCSITarget.with { target in
      let first = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try first.login()
      let again = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try again.login()
      #expect(first.isClosedByTarget())
      #expect(target.server.status().sessions.count == 1)
    }
  }
}
