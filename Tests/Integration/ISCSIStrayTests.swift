import ISCSI
import TargetService
import Testing

/// Initiators that send what nobody asked for, or do not send what they promised: others do not notice.
@Suite struct ISCSIStrayTests {
  private static let ready = CommandDescriptorBlock([0])
  private static let keys = ["MaxRecvDataSegmentLength=262144", "InitialR2T=No", "ImmediateData=Yes"]

  /// Receives until the command with the tag has ended.
  private func status(of tag: UInt32, _ initiator: ISCSIInitiator) throws -> UInt8 {
    while true {
      let header = try initiator.receive().header
      let answer: SCSIResponsePDU? = header.withUnsafeBytes { bytes in
        guard let header = BasicHeader(bytes), header.opcode == .scsiResponse else { return nil }
        return SCSIResponsePDU(header)
      }
      if let answer, answer.initiatorTaskTag == tag { return answer.status }
    }
  }

  /// Once a command that was ended by bad data stayed in the queue of answers, as whatever came after it in its place.
  @Test(arguments: [0, 9]) func dataForAnAnswerThatWaitsForRoom(lun: Int) async throws {
    try await ISCSITarget.with(megabytes: 2) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      // More than all buffers hold, as nobody receives.
      for _ in 0..<40 {
        try initiator.start(
          tag: initiator.cmdSN, CommandDescriptorBlock([0x28, 0, 0, 0, 0, 0, 0, 8, 0, 0]), read: 1 << 20)
      }
      initiator.lun = lun
      try initiator.start(
        tag: 5000, CommandDescriptorBlock([0xA0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0]), read: 4096)
      let stray = DataOutPDU(
        initiatorTaskTag: 5000, targetTransferTag: reservedTag, dataSN: 0, bufferOffset: 0, dataLength: 512)
      try initiator.send([UInt8](repeating: 1, count: 512)) { stray.encode(to: $0) }
      initiator.lun = 0
      try initiator.start(tag: 6000, Self.ready)
      #expect(try status(of: 6000, initiator) == 0)
      let other = try ISCSIInitiator(target, name: "iqn.a", isid: 2)
      try other.login()
      #expect(try other.command(Self.ready) == 0)
    }
  }

  /// ORWRITE has the unit for itself, but not while its initiator keeps back data that it does not need.
  @Test func dataThatNeverComesHoldsNobodyUp() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let greedy = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try greedy.login(Self.keys)
      let other = try ISCSIInitiator(target, name: "iqn.a", isid: 2)
      try other.login(Self.keys)
      var command = SCSICommandPDU(
        initiatorTaskTag: 7, cmdSN: greedy.takeCommandNumber(),
        cdb: CommandDescriptorBlock([0x8B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]))
      command.isFinal = false
      command.isWrite = true
      command.expectedLength = 4096
      command.dataLength = 512
      try greedy.send([UInt8](repeating: 0xF0, count: 512)) { command.encode(to: $0) }
      #expect(await eventually { (try? target.contents(offset: 0, count: 1)) == [0xF0] })
      let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 8, 0, 0, 1, 0])
      #expect(try other.command(write, write: 512, dataOut: [UInt8](repeating: 1, count: 512)) == 0)
    }
  }
}
