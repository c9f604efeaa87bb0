import Cryptography
import ISCSI
import TargetService
import Testing

/// Microsoft's initiator. Its keys are those that the authors of an iSCSI bridge for Windows recorded on the wire
/// (the comments of its source name them one by one); names and secrets of 12 to 16 characters, CHAP by MD5 and
/// sessions in both directions are in "Microsoft iSCSI Software Initiator 2.x Users Guide"; persistent reservations
/// are what failover clusters hold their disks by (Microsoft KB 309186 names the commands).
@Suite struct WindowsInitiatorTests {
  private static let name = "InitiatorName=iqn.1991-05.com.microsoft:pc-1"

  private func begin(_ target: ISCSITarget, isid: UInt64 = 0x4000_0137_0001) throws -> ReplayedSession {
    try ReplayedSession(target, isid: isid, cmdSN: 1, isLoginImmediate: true)
  }

  @Test func discoveryAnswersWhatIsAskedAndNothingElse() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let session = try begin(target)
      #expect(
        try session.login(
          .security, to: .operational, [Self.name, "SessionType=Discovery", "AuthMethod=None"])
          == ["AuthMethod=None"])
      #expect(
        try session.login(
          .operational, to: .fullFeature,
          [
            "HeaderDigest=None,CRC32C", "DataDigest=None,CRC32C", "MaxRecvDataSegmentLength=65536",
            "DefaultTime2Wait=0", "DefaultTime2Retain=60",
          ]) == [
            "HeaderDigest=None", "DataDigest=None", "MaxRecvDataSegmentLength=262144", "DefaultTime2Wait=0",
            "DefaultTime2Retain=0",
          ])
      #expect(
        try session.text(["SendTargets=All"])
          == ["TargetName=\(ISCSITarget.iqn)", "TargetAddress=127.0.0.1:\(target.port),1"])
      try session.logout()
    }
  }

  /// A normal session. Without TargetPortalGroupTag in the first answer Windows waits until its login times out.
  private func logIn(_ session: ReplayedSession, auth: () throws -> Void) throws {
    try auth()
    #expect(
      try session.login(
        .operational, to: .fullFeature,
        [
          "HeaderDigest=None,CRC32C", "DataDigest=None,CRC32C", "ErrorRecoveryLevel=2", "InitialR2T=No",
          "ImmediateData=Yes", "MaxRecvDataSegmentLength=65536", "MaxBurstLength=262144",
          "FirstBurstLength=65536", "MaxConnections=32", "DataPDUInOrder=Yes", "DataSequenceInOrder=Yes",
          "DefaultTime2Wait=0", "DefaultTime2Retain=60", "MaxOutstandingR2T=16",
        ]) == [
          "HeaderDigest=None", "DataDigest=None", "ErrorRecoveryLevel=0", "InitialR2T=No",
          "ImmediateData=Yes",
          "MaxRecvDataSegmentLength=262144", "MaxBurstLength=262144", "FirstBurstLength=65536",
          "MaxConnections=8", "DataPDUInOrder=Yes", "DataSequenceInOrder=Yes", "DefaultTime2Wait=0",
          "DefaultTime2Retain=0", "MaxOutstandingR2T=1",
        ])
  }

  private func logIn(_ session: ReplayedSession) throws {
    try logIn(session) {
      let answers = try session.login(
        .security, to: .operational,
        [Self.name, "SessionType=Normal", "TargetName=\(ISCSITarget.iqn)", "AuthMethod=None"])
      #expect(answers == ["TargetPortalGroupTag=1", "AuthMethod=None"])
    }
  }

  @Test func aDiskIsFoundAndWrittenTo() async throws {
    try await ISCSITarget.with(megabytes: 8) { target in
      let session = try begin(target)
      try logIn(session)
      // The port driver: the units first, then each by INQUIRY and its identification.
      let units = try session.command([0xA0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0], read: 4096)
      #expect(units.dataIn == [0, 0, 0, 8] + [UInt8](repeating: 0, count: 12))
      #expect(units.residual == .underflow(4096 - 16))
      let inquiry = try session.command([0x12, 0, 0, 0, 36, 0], read: 36)
      #expect(inquiry.dataIn.count == 36 && inquiry.dataIn[0] == 0 && inquiry.dataIn[7] & 0x02 != 0)
      let pages = try session.command([0x12, 1, 0, 0, 255, 0], read: 255)
      let listed = Array(pages.dataIn.dropFirst(4))
      #expect(listed == listed.sorted() && Set(listed).isSuperset(of: [0, 0x80, 0x83, 0xB0, 0xB2]))
      let serial = try session.command([0x12, 1, 0x80, 0, 255, 0], read: 255)
      #expect(serial.dataIn.count > 4)
      // Of the unit (association 0), binary, NAA: what disk signatures and multipathing go by.
      let identity = try session.command([0x12, 1, 0x83, 0, 255, 0], read: 255)
      #expect(identity.dataIn[4] & 0x0f == 1 && identity.dataIn[5] & 0x3f == 3)
      #expect(try session.command([0, 0, 0, 0, 0, 0]).sense == 0x06_2900)
      #expect(try session.command([0, 0, 0, 0, 0, 0]).isGood)
      let capacity = try session.command([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], read: 8)
      #expect(capacity.dataIn == [0, 0, 0x3F, 0xFF, 0, 0, 2, 0])
      let long = try session.command([0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], read: 32)
      #expect(long.dataIn.count == 32 && long.dataIn[14] & 0xC0 != 0)
      // Caching page, by the short form and with block descriptors: WCE and DPOFUA tell it to send FUA and flushes.
      let caching = try session.command([0x1A, 0, 0x08, 0, 192, 0], read: 192)
      #expect(caching.dataIn[2] & 0x90 == 0x10 && caching.dataIn[4 + Int(caching.dataIn[3])] & 0x3f == 0x08)
      #expect(try session.command([0x5A, 0, 0x3F, 0, 0, 0, 0, 0, 192, 0], read: 192).isGood)
      // A page it tries that no disk has to have.
      #expect(try session.command([0x12, 1, 0xC0, 0, 255, 0], read: 255).sense == 0x05_2400)
      // 64 KiB go along with the command; of 256 KiB the rest is asked for at once, it is one burst.
      let data = (0..<262_144).map { UInt8(truncatingIfNeeded: $0 / 512 &* 7) }
      let small = try session.command(
        [0x2A, 0x08, 0, 0, 0, 0, 0, 0, 128, 0], dataOut: Array(data[..<65_536]), immediate: 65_536)
      #expect(small.isGood && small.asked.isEmpty)
      let large = try session.command(
        [0x2A, 0, 0, 0, 0, 128, 0, 2, 0, 0], dataOut: data, immediate: 65_536)
      #expect(large.isGood && large.asked == [65_536..<262_144])
      #expect(try session.command([0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0]).isGood)
      #expect(try target.contents(offset: 65_536, count: data.count) == data)
      let back = try session.command([0x28, 0, 0, 0, 0, 128, 0, 2, 0, 0], read: data.count)
      #expect(back.dataIn == data)
      try session.ping(tag: 0x8000_0001)
      try session.logout()
    }
  }

  /// One node of a cluster takes the disk from another: register, reserve for registrants, preempt.
  @Test func aClusterHoldsItsDiskByReservations() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(allowsSeveralWriters: true)) { target in
      let nodes = try [0x4000_0137_0001, 0x4000_0137_0002].map { try begin(target, isid: $0) }
      for node in nodes {
        try logIn(node)
        _ = try node.command([0, 0, 0, 0, 0, 0])
      }
      func reserveOut(_ node: Int, _ action: UInt8, key: UInt8, new: UInt8 = 0, type: UInt8 = 5) throws
        -> ReplayedSession.Answer
      {
        let list: [UInt8] =
          [0, 0, 0, 0, 0, 0, 0, key, 0, 0, 0, 0, 0, 0, 0, new] + [UInt8](repeating: 0, count: 8)
        return try nodes[node].command(
          [0x5F, action, type, 0, 0, 0, 0, 0, 24, 0], dataOut: list, immediate: 24)
      }
      for node in 0...1 { #expect(try reserveOut(node, 6, key: 0, new: UInt8(node + 1), type: 0).isGood) }
      #expect(try reserveOut(0, 1, key: 1).isGood)
      let held = try nodes[1].command([0x5E, 1, 0, 0, 0, 0, 0, 0x10, 0, 0], read: 4096)
      #expect(held.dataIn.count == 24 && held.dataIn[15] == 1 && held.dataIn[21] == 5)
      // All registrants write; a reservation for somebody else is a conflict.
      let block = [UInt8](repeating: 1, count: 512)
      #expect(try nodes[1].command([0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0], dataOut: block, immediate: 512).isGood)
      #expect(try reserveOut(1, 1, key: 2).status == 0x18)
      #expect(try reserveOut(1, 4, key: 2, new: 1).isGood)
      let keys = try nodes[1].command([0x5E, 0, 0, 0, 0, 0, 0, 0x10, 0, 0], read: 4096)
      #expect(keys.dataIn[7] == 8 && keys.dataIn[15] == 2)
      // Who was preempted hears of it once, and cannot write any more.
      #expect(try nodes[0].command([0, 0, 0, 0, 0, 0]).sense == 0x06_2A05)
      #expect(
        try nodes[0].command([0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0], dataOut: block, immediate: 512).status == 0x18
      )
      #expect(try reserveOut(1, 2, key: 2).isGood)
      for node in nodes { try node.logout() }
    }
  }

  @Test func bothSidesAuthenticate() async throws {
    let chap = TargetConfiguration.CHAP(
      user: "iqn.1991-05.com.microsoft:pc-1", secret: "windows-secret", targetUser: ISCSITarget.iqn,
      targetSecret: "target-secret1")
    try await ISCSITarget.with(megabytes: 1, .init(chap: chap)) { target in
      let session = try begin(target)
      try logIn(session) {
        let answers = try session.login(
          .security, to: nil,
          [Self.name, "SessionType=Normal", "TargetName=\(ISCSITarget.iqn)", "AuthMethod=CHAP"])
        #expect(answers == ["TargetPortalGroupTag=1", "AuthMethod=CHAP"])
        try session.authenticate(
          user: chap.user, secret: chap.secret, target: (ISCSITarget.iqn, "target-secret1"), to: .operational)
      }
      #expect(try session.command([0, 0, 0, 0, 0, 0]).sense == 0x06_2900)
      try session.logout()
    }
  }
}
