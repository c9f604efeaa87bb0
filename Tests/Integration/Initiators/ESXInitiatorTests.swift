import ISCSI
import TargetService
import Testing

/// VMware ESX's software initiator, after the capture that K. Elatov published ("iSCSI login packet capture", 2012):
/// one login request straight to the full feature phase, and the kinds of commands that its statistics list.
@Suite struct ESXInitiatorTests {
  private static let name = "InitiatorName=iqn.1998-01.com.vmware:wdc-tse-h171-3c00d9ce"
  private static let isid: UInt64 = 0x0002_3D00_0000

  @Test func discoveryIsOneRequest() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let session = try ReplayedSession(target, isid: Self.isid, cmdSN: 1)
      #expect(
        try session.login(
          .operational, to: .fullFeature,
          [
            Self.name, "SessionType=Discovery", "HeaderDigest=None", "DataDigest=None", "DefaultTime2Wait=0",
            "DefaultTime2Retain=0", "IFMarker=No", "OFMarker=No", "ErrorRecoveryLevel=0",
            "MaxRecvDataSegmentLength=32768",
          ]) == [
            "HeaderDigest=None", "DataDigest=None", "DefaultTime2Wait=0", "DefaultTime2Retain=0",
            "IFMarker=No",
            "OFMarker=No", "ErrorRecoveryLevel=0", "MaxRecvDataSegmentLength=262144",
          ])
      #expect(
        try session.text(["SendTargets=All"])
          == ["TargetName=\(ISCSITarget.iqn)", "TargetAddress=127.0.0.1:\(target.port),1"])
      try session.logout()
    }
  }

  @Test func aDiskIsReservedReadAndWritten() async throws {
    try await ISCSITarget.with(megabytes: 8) { target in
      let session = try ReplayedSession(target, isid: Self.isid, cmdSN: 1)
      let answers = try session.login(
        .operational, to: .fullFeature,
        [
          Self.name, "TargetName=\(ISCSITarget.iqn)", "SessionType=Normal", "HeaderDigest=None",
          "DataDigest=None", "DefaultTime2Wait=0", "DefaultTime2Retain=0", "IFMarker=No", "OFMarker=No",
          "ErrorRecoveryLevel=0", "InitialR2T=No", "ImmediateData=Yes", "MaxBurstLength=262144",
          "FirstBurstLength=262144", "MaxOutstandingR2T=1", "MaxConnections=1", "DataPDUInOrder=Yes",
          "DataSequenceInOrder=Yes", "MaxRecvDataSegmentLength=131072",
        ])
      #expect(answers.first == "TargetPortalGroupTag=1" && answers.count == 17)
      #expect(answers.contains("MaxConnections=1") && answers.contains("FirstBurstLength=262144"))
      try session.ping(tag: 0x77, Array("ping".utf8))
      let units = try session.command([0xA0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0], read: 512)
      #expect(units.dataIn.prefix(4) == [0, 0, 0, 8])
      #expect(try session.command([0, 0, 0, 0, 0, 0]).sense == 0x06_2900)
      for page: UInt8? in [nil, 0x00, 0x80, 0x83, 0xB0, 0xB2] {
        let answer = try session.command([0x12, page == nil ? 0 : 1, page ?? 0, 0, 255, 0], read: 255)
        #expect(answer.isGood)
      }
      #expect(try session.command([0x1A, 0, 0x3F, 0, 255, 0], read: 255).isGood)
      #expect(try session.command([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], read: 8).dataIn.count == 8)
      // VMFS takes the whole disk for its metadata where it has no ATS: RESERVE (6), write, RELEASE (6).
      #expect(try session.command([0x16, 0, 0, 0, 0, 0]).isGood)
      let block = [UInt8](repeating: 0x5A, count: 512)
      #expect(try session.command([0x2A, 0, 0, 0, 0, 9, 0, 0, 1, 0], dataOut: block, immediate: 512).isGood)
      #expect(try session.command([0x17, 0, 0, 0, 0, 0]).isGood)
      // ATS: the block is changed only as long as it is what was read.
      let other = [UInt8](repeating: 0xA5, count: 512)
      let swap: [UInt8] = [0x89, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0]
      #expect(try session.command(swap, dataOut: block + other, immediate: 1024).isGood)
      #expect(try session.command(swap, dataOut: block + other, immediate: 1024).sense == 0x0E_1D00)
      #expect(try session.command([0x28, 0, 0, 0, 0, 9, 0, 0, 1, 0], read: 512).dataIn == other)
      // Block zeroing of a MiB, 512 bytes of pattern by WRITE SAME (16).
      let zero: [UInt8] = [0x93, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0]
      #expect(try session.command(zero, dataOut: [UInt8](repeating: 0, count: 512), immediate: 512).isGood)
      try session.logout()
    }
  }
}
