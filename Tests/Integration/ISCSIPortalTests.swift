import ISCSI
import TargetService
import Testing

/// Several portal groups, and accounts of single initiators.
@Suite struct ISCSIPortalTests {
  private static var groups: ISCSITarget.Settings {
    ISCSITarget.Settings(addresses: ["127.0.0.1", "127.0.0.1", "::1"], groups: [1, 5, 5])
  }

  @Test func discoveryTellsTheGroupOfEveryPortal() async throws {
    try await ISCSITarget.with(megabytes: 1, Self.groups) { target in
      let portals = target.server.portals
      for reached in portals {
        let listing = try await ISCSITarget.output("iscsi-ls", ["iscsi://\(reached)"])
        for (portal, tag) in zip(portals, [1, 5, 5]) {
          #expect(
            listing.text.contains("Target:\(ISCSITarget.iqn) Portal:\(portal),\(tag)\n"), "\(listing.text)")
        }
      }
    }
  }

  @Test func aSessionStaysInItsGroup() async throws {
    try await ISCSITarget.with(megabytes: 1, Self.groups) { target in
      let portals = target.server.portals
      let first = try ISCSIInitiator(port: portals[0].port, name: "iqn.a", isid: 1)
      try first.login(["MaxRecvDataSegmentLength=262144", "MaxConnections=4"])
      let stray = try ISCSIInitiator(port: portals[1].port, name: "iqn.a", isid: 1)
      stray.cmdSN = first.cmdSN
      #expect(try stray.tryJoin(tsih: first.tsih, cid: 1) == .cannotIncludeInSession)
      // The same initiator port at another group is another nexus: no session ends for it.
      let second = try ISCSIInitiator(port: portals[1].port, name: "iqn.a", isid: 1)
      try second.login()
      #expect(target.server.status().sessions.count == 2)
      #expect(try first.command(CommandDescriptorBlock([0])) == 0)
      for (initiator, tag) in [(first, UInt8(1)), (second, 5)] {
        let data = try initiator.read(CommandDescriptorBlock([0x12, 1, 0x83, 0, 255, 0]), 255)
        let port: [UInt8] = [0x51, 0x94, 0, 4, 0, 0, 0, tag, 0x51, 0x95, 0, 4, 0, 0, 0, tag]
        #expect(data.indices.contains { data[$0...].starts(with: port) }, "\(data)")
        let name = "\(ISCSITarget.iqn),t,0x000\(tag)"
        #expect(String(decoding: data, as: UTF8.self).contains(name))
        let groups = try initiator.read(
          CommandDescriptorBlock([0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0]), 255)
        #expect(groups.count == 4 + 12 + 12 && groups[7] == 1 && groups[19] == 5)
      }
      first.close()
      second.close()
    }
  }

  @Test func everyInitiatorHasItsAccount() async throws {
    let settings = ISCSITarget.Settings(
      accounts: [
        (initiator: "iqn.a:one", chap: .init(user: "one", secret: "secret-of-one")),
        (
          initiator: "iqn.a:*",
          chap: .init(
            user: "others", secret: "secret-others", targetUser: "target", targetSecret: "secret-target1")
        ),
      ])
    try await ISCSITarget.with(megabytes: 1, settings) { target in
      let mutual = "?target_user=target&target_password=secret-target1"
      let attempts: [(name: String, account: String?, options: String, getsIn: Bool)] = [
        ("iqn.a:one", "one%secret-of-one", "", true), ("iqn.a:one", "others%secret-others", "", false),
        ("iqn.a:two", "others%secret-others", "", true), ("iqn.a:two", "others%secret-others", mutual, true),
        ("iqn.b:three", "others%secret-others", "", false), ("iqn.a:two", nil, "", false),
      ]
      for attempt in attempts {
        let answer = try await ISCSITarget.output(
          "iscsi-inq",
          ["-i", attempt.name, target.url(account: attempt.account, options: attempt.options)])
        #expect(answer.text.contains("Vendor:RAMDISK") == attempt.getsIn, "\(attempt)")
      }
    }
  }
}
