import ISCSI
import TargetService
import Testing

/// What is written can be read, however it is sent, and is durable when it is said to be.
@Suite struct ISCSIDataTests {
  @Test(arguments: ["none", "crc32c"]) func imagesSurviveTheWayThereAndBack(headerDigest: String) async throws
  {
    try await ISCSITarget.with(megabytes: 32) { target in
      let source = "\(target.directory)/source"
      let back = "\(target.directory)/back"
      _ = try await ISCSITarget.output("dd", ["if=/dev/urandom", "of=\(source)", "bs=1M", "count=32"])
      try ISCSITarget.makeFile(back, bytes: 32 << 20)
      let unit =
        "driver=iscsi,transport=tcp,portal=127.0.0.1:\(target.port),target=\(ISCSITarget.iqn),lun=0,"
        + "header-digest=\(headerDigest)"
      let file = "driver=raw,file.driver=file,file.filename="
      for (from, to) in [(file + source, unit), (unit, file + back)] {
        let copy = try await ISCSITarget.output(
          "qemu-img", ["convert", "-n", "--image-opts", "--target-image-opts", from, to])
        try #require(copy.succeeded, "\(copy.text)")
      }
      let there = try await ISCSITarget.output("cmp", [source, "\(target.directory)/disk.img"])
      #expect(there.succeeded, "\(there.text)")
      let andBack = try await ISCSITarget.output("cmp", [source, back])
      #expect(andBack.succeeded, "\(andBack.text)")
      let counters = target.server.status().units.first?.counters
      #expect(counters?.bytesWritten == 32 << 20)
      #expect((counters?.bytesRead ?? 0) >= 32 << 20)
    }
  }

  private static let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 8, 0, 0, 8])
  private static let synchronize = CommandDescriptorBlock([0x35])

  @Test func solicitedUnsolicitedAndImmediateDataEndUpInPlace() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login([
        "InitialR2T=No", "ImmediateData=Yes", "FirstBurstLength=2048", "MaxBurstLength=1024",
      ])
      let data = (0..<4096).map { UInt8(truncatingIfNeeded: $0 / 16) }
      // 512 bytes with the command, 512 unsolicited, the rest by R2Ts of at most 1024.
      var command = SCSICommandPDU(initiatorTaskTag: 77, cmdSN: initiator.cmdSN, cdb: Self.write)
      command.isWrite = true
      command.isFinal = false
      command.expectedLength = 4096
      command.dataLength = 512
      try initiator.send(Array(data[..<512])) { command.encode(to: $0) }
      let unsolicited = DataOutPDU(
        initiatorTaskTag: 77, targetTransferTag: reservedTag, dataSN: 0, bufferOffset: 512, dataLength: 512)
      try initiator.send(Array(data[512..<1024])) { unsolicited.encode(to: $0) }
      for (number, offset) in [1024, 2048, 3072].enumerated() {
        let request = try initiator.receive { ReadyToTransferPDU($0) }
        #expect(request.r2tSN == UInt32(number))
        #expect(request.bufferOffset == UInt32(offset))
        #expect(request.desiredLength == 1024)
        var part = DataOutPDU(
          initiatorTaskTag: 77, targetTransferTag: request.targetTransferTag, dataSN: 0,
          bufferOffset: request.bufferOffset, dataLength: 512)
        part.isFinal = false
        try initiator.send(Array(data[offset..<(offset + 512)])) { part.encode(to: $0) }
        part.dataSN = 1
        part.bufferOffset += 512
        part.isFinal = true
        try initiator.send(Array(data[(offset + 512)..<(offset + 1024)])) { part.encode(to: $0) }
      }
      let response = try initiator.receive { SCSIResponsePDU($0) }
      #expect(response.status == 0)
      #expect(response.residual == .none)
      #expect(response.expDataSN == 3)
      let written = try target.contents(offset: 4096, count: 4096)
      #expect(written == data)
    }
  }

  @Test func flushesReachTheDiskBeforeTheirStatus() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      let block = [UInt8](repeating: 0x5A, count: 4096)
      #expect(try initiator.command(Self.write, write: 4096, dataOut: block) == 0)
      #expect(target.server.status().units.first?.counters.flushes == 0)
      #expect(try initiator.command(Self.synchronize) == 0)
      #expect(target.server.status().units.first?.counters.flushes == 1)
      // FUA: one piece is written through; no flush of everything else is needed.
      var fua = [UInt8](repeating: 0, count: 16)
      Self.write.withBytes { fua = Array($0) }
      fua[1] = 0x08
      #expect(try initiator.command(CommandDescriptorBlock(fua), write: 4096, dataOut: block) == 0)
      #expect(try target.contents(offset: 4096, count: 4096) == block)
    }
  }

  @Test func pingsAreAnsweredWhileDataIsOnItsWay() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login(["InitialR2T=Yes", "ImmediateData=No"])
      try initiator.start(tag: 5, Self.write, write: 4096)
      let request = try initiator.receive { ReadyToTransferPDU($0) }
      let ping: [UInt8] = Array("are you there?".utf8)
      var nop = NOPOutPDU(initiatorTaskTag: 6, cmdSN: initiator.cmdSN)
      nop.dataLength = ping.count
      try initiator.send(ping) { nop.encode(to: $0) }
      let (header, echo) = try initiator.receive()
      #expect(header[0] == Opcode.nopIn.rawValue)
      #expect(echo == ping)
      let data = DataOutPDU(
        initiatorTaskTag: 5, targetTransferTag: request.targetTransferTag, dataSN: 0, bufferOffset: 0,
        dataLength: 4096)
      try initiator.send([UInt8](repeating: 1, count: 4096)) { data.encode(to: $0) }
      #expect(try initiator.receive { SCSIResponsePDU($0) }.status == 0)
    }
  }

  @Test func anAbortedWriteGetsNoStatus() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login(["InitialR2T=Yes", "ImmediateData=No"])
      try initiator.start(tag: 5, Self.write, write: 4096)
      let request = try initiator.receive { ReadyToTransferPDU($0) }
      var abort = TaskManagementRequestPDU(function: .abortTask, initiatorTaskTag: 6, cmdSN: initiator.cmdSN)
      abort.referencedTaskTag = 5
      try initiator.send { abort.encode(to: $0) }
      #expect(try initiator.receive { TaskManagementResponsePDU($0) }.outcome == .complete)
      // Data that was asked for may still come; it is dropped.
      let data = DataOutPDU(
        initiatorTaskTag: 5, targetTransferTag: request.targetTransferTag, dataSN: 0, bufferOffset: 0,
        dataLength: 4096)
      try initiator.send([UInt8](repeating: 9, count: 4096)) { data.encode(to: $0) }
      #expect(try initiator.command(CommandDescriptorBlock([0])) == 0)
      #expect(try target.contents(offset: 4096, count: 1) == [0])
    }
  }
}
