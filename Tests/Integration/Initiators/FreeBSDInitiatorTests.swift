import ISCSI
import TargetService
import Testing

/// FreeBSD's initiator: the login as in its usr.sbin/iscsid/login.c (I bit, T in every request, CmdSN 0, AuthMethod
/// before the names), sessions as in sys/dev/iscsi/iscsi.c, finding units as in sys/cam/scsi/scsi_xpt.c, and the disk
/// as in scsi_da.c.
@Suite struct FreeBSDInitiatorTests {
  private static let names = [
    "InitiatorName=iqn.1994-09.org.freebsd:host", "InitiatorAlias=host", "SessionType=Normal",
    "TargetName=\(ISCSITarget.iqn)",
  ]
  /// The qualifier is "random": 80h, and a number drawn for each session.
  private static let isid: UInt64 = 0x8012_3456_0000

  private func negotiate(_ session: ReplayedSession, digest: String = "None") throws {
    #expect(
      try session.login(
        .operational, to: .fullFeature,
        [
          "HeaderDigest=\(digest)", "DataDigest=\(digest)", "ImmediateData=Yes", "MaxBurstLength=131072",
          "FirstBurstLength=131072", "InitialR2T=Yes", "MaxRecvDataSegmentLength=131072",
          "DefaultTime2Wait=0",
          "DefaultTime2Retain=0", "ErrorRecoveryLevel=0", "MaxOutstandingR2T=1",
        ]) == [
          "HeaderDigest=\(digest)", "DataDigest=\(digest)", "ImmediateData=Yes", "MaxBurstLength=131072",
          "FirstBurstLength=131072", "InitialR2T=Yes", "MaxRecvDataSegmentLength=262144",
          "DefaultTime2Wait=0",
          "DefaultTime2Retain=0", "ErrorRecoveryLevel=0", "MaxOutstandingR2T=1",
        ])
  }

  @Test func aDiskIsFoundAndUsed() async throws {
    try await ISCSITarget.with(megabytes: 8) { target in
      let session = try ReplayedSession(target, isid: Self.isid, cmdSN: 0)
      #expect(
        try session.login(.security, to: .operational, ["AuthMethod=None"] + Self.names)
          == ["TargetPortalGroupTag=1", "AuthMethod=None"])
      try negotiate(session)
      // Finding units: INQUIRY short and whole, all units, control mode page, VPD 00h, 83h, 86h, 80h.
      let short = try session.command([0x12, 0, 0, 0, 36, 0], read: 36)
      #expect(short.isGood && short.dataIn.count == 36)
      let length = try #require(short.dataIn.count > 4 ? short.dataIn[4] : nil) + 5
      #expect(try session.command([0x12, 0, 0, 0, length, 0], read: Int(length)).dataIn.count == Int(length))
      #expect(try session.command([0, 0, 0, 0, 0, 0]).sense == 0x06_2900)
      let units = try session.command([0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0], read: 128)
      #expect(units.dataIn.prefix(4) == [0, 0, 0, 8])
      #expect(try session.command([0x1A, 0, 0x0A, 0, 24, 0], read: 24).isGood)
      for page: UInt8 in [0x00, 0x83, 0x86, 0x80] {
        let answer = try session.command([0x12, 1, page, 0, 252, 0], read: 252)
        #expect(answer.isGood && answer.dataIn[1] == page, "\(page)")
      }
      // The disk: write protection, capacity, provisioning, limits, rotation; VPD 89h is of ATA disks only.
      let modes = try session.command([0x1A, 0, 0x3F, 0, 192, 0], read: 192)
      #expect(modes.isGood && modes.dataIn[2] & 0x80 == 0)
      let capacity = try session.command([0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], read: 32)
      #expect(Array(capacity.dataIn.prefix(12)) == [0, 0, 0, 0, 0, 0, 0x3F, 0xFF, 0, 0, 2, 0])
      let provisioning = try session.command([0x12, 1, 0xB2, 0, 8, 0], read: 8)
      #expect(provisioning.dataIn.count == 8 && provisioning.dataIn[5] & 0x80 != 0)
      let limits = try session.command([0x12, 1, 0xB0, 0, 64, 0], read: 64)
      #expect(limits.dataIn.count == 64)
      #expect(try session.command([0x12, 1, 0xB1, 0, 64, 0], read: 64).isGood)
      #expect(try session.command([0x12, 1, 0x89, 0, 252, 0], read: 252).sense == 0x05_2400)
      // Up to 128 KiB go along with the command; a larger write is asked for in bursts of that.
      let data = (0..<393_216).map { UInt8(truncatingIfNeeded: $0 / 512 &* 5) }
      let small = try session.command(
        [0x2A, 0, 0, 0, 0, 0, 0, 1, 0, 0], dataOut: Array(data[..<131_072]), immediate: 131_072)
      #expect(small.isGood && small.asked.isEmpty)
      let large = try session.command(
        [0x2A, 0, 0, 0, 2, 0, 0, 3, 0, 0], dataOut: data, immediate: 131_072, segment: 131_072)
      #expect(large.isGood && large.asked == [131_072..<262_144, 262_144..<393_216])
      // TRIM: UNMAP of the last MiB, as VPD B2h allowed; flushes when a disk is closed.
      let unmap: [UInt8] = [0, 22, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x38, 0, 0, 0, 8, 0, 0, 0, 0, 0]
      #expect(try session.command([0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0], dataOut: unmap, immediate: 24).isGood)
      #expect(try session.command([0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0]).isGood)
      #expect(try target.contents(offset: 262_144, count: data.count) == data)
      // Its pings have task tag 0 and want an answer.
      try session.ping(tag: 0)
      try session.logout()
    }
  }

  /// A user and no mutual user: "None,CHAP", and the target decides. The request that offers it already has T set.
  @Test(arguments: [nil, "target-user"]) func itAuthenticates(mutual: String?) async throws {
    let chap = TargetConfiguration.CHAP(
      user: "freebsd", secret: "freebsd-secret", targetUser: mutual,
      targetSecret: mutual.map { _ in "secret-target1" })
    try await ISCSITarget.with(megabytes: 1, .init(chap: chap)) { target in
      let session = try ReplayedSession(target, isid: Self.isid, cmdSN: 0)
      let offer = "AuthMethod=\(mutual == nil ? "None,CHAP" : "CHAP")"
      // T is asked for and not given, until who it is is known.
      #expect(
        try session.login(.security, wanting: .operational, granted: nil, [offer] + Self.names)
          == ["TargetPortalGroupTag=1", "AuthMethod=CHAP"])
      try session.authenticate(
        user: "freebsd", secret: "freebsd-secret", target: mutual.map { ($0, "secret-target1") },
        to: .operational, asksAlways: true)
      try negotiate(session)
      try session.logout()
    }
  }
}
