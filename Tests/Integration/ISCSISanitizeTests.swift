import BlockStore
import Glibc
import ISCSI
import Linux
import TargetService
import Testing

/// SANITIZE on files, and on a medium that answers when it is told to.
@Suite(.serialized) struct ISCSISanitizeTests {
  private static let ready = CommandDescriptorBlock([0])
  private static let blockErase = CommandDescriptorBlock([0x48, 0x02])
  private static let exitFailureMode = CommandDescriptorBlock([0x48, 0x1F])

  /// OVERWRITE with `list`, of some flags of byte 1.
  private static func overwrite(_ list: [UInt8], flags: UInt8 = 0) -> CommandDescriptorBlock {
    CommandDescriptorBlock([0x48, flags | 0x01, 0, 0, 0, 0, 0, 0, UInt8(list.count)])
  }

  private static func list(_ pattern: [UInt8], count: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] {
    [flags | count, 0, 0, UInt8(pattern.count)] + pattern
  }

  /// A disk full of A5.
  private static func settings() -> ISCSITarget.Settings {
    var settings = ISCSITarget.Settings(allowsSeveralWriters: true, allowsSanitize: true)
    settings.prepare = { path in
      let fill = try await ISCSITarget.output("qemu-io", ["-f", "raw", "-c", "write -P 0xa5 0 16M", path])
      try #require(fill.succeeded, "\(fill.text)")
    }
    return settings
  }

  @Test func overwritingWritesThePatternOverEveryBlock() async throws {
    try await ISCSITarget.with(megabytes: 16, Self.settings()) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let list = Self.list([1, 2, 3], count: 2, flags: 0x80)
      #expect(try one.command(Self.overwrite(list), write: list.count, dataOut: list) == 0)
      let block = (0..<512).map { UInt8($0 % 3 + 1) }
      let contents = try target.contents(offset: 0, count: 16 << 20)
      #expect(
        stride(from: 0, to: contents.count, by: 512).allSatisfy { contents[$0..<$0 + 512] == block[...] })
      #expect(target.events.all.contains(.sanitizeBegan(lun: 0, initiator: "iqn.a:one")))
      #expect(target.events.all.contains(.sanitizeEnded(lun: 0, succeeded: true)))
      #expect(try one.read(.read10(lba: 5, blocks: 1), 512) == block)
      one.close()
    }
  }

  @Test func erasingGivesBlocksBack() async throws {
    try await ISCSITarget.with(megabytes: 16, Self.settings()) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      #expect(try one.command(Self.blockErase) == 0)
      #expect(try target.contents(offset: 0, count: 16 << 20).allSatisfy { $0 == 0 })
      var status = stat()
      #expect(stat("\(target.directory)/disk.img", &status) == 0 && status.st_blocks == 0)
      one.close()
    }
  }

  @Test func itIsNotThereUnlessItIsAllowed() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      #expect(try one.sense(Self.blockErase).code == 0x2000)
      one.close()
    }
    // Nothing of an overlay's base is ever written, whatever is allowed.
    var settings = Self.settings()
    settings.allowsSanitize = true
    try await ISCSITarget.with(megabytes: 16, mode: .overlay, settings) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      #expect(try one.sense(Self.blockErase).code == 0x2000)
      #expect(try target.contents(offset: 0, count: 16 << 20).allSatisfy { $0 == 0xA5 })
      one.close()
    }
  }

  /// Runs `body` with a medium of 8 MiB whose flushes wait until they are let go, in a target.
  private func onSlowMedium(_ body: (ISCSITarget, RecordingMedium) async throws -> Void) async throws {
    let medium = try RecordingMedium(at: "/tmp/iscsi-sanitize-\(getpid())", bytes: 8 << 20)
    defer { medium.close() }
    var settings = ISCSITarget.Settings(allowsSeveralWriters: true, allowsSanitize: true)
    settings.disk = medium.path
    try await ISCSITarget.with(settings) { target in
      defer { medium.releaseFlushes() }
      try await body(target, medium)
    }
  }

  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
  func nothingButItselfEndsIt() async throws {
    try await onSlowMedium { target, medium in
      let path = "\(target.directory)/other.img"
      try ISCSITarget.makeFile(path, bytes: 1 << 20)
      try target.server.add(unit: .init(lun: 1, store: BlockStore.open(path: path)))
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let two = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try two.login(["InitialR2T=Yes", "ImmediateData=No"])
      // A write that waits for its data.
      try two.start(tag: 900, .write10(lba: 0, blocks: 8), write: 4096)
      let transfer = try two.receive { ReadyToTransferPDU($0) }
      // This medium cannot give blocks back.
      #expect(try one.sense(Self.blockErase).code == 0x2400)
      medium.holdFlushes()
      let list = Self.list([7])
      try one.start(tag: 902, Self.overwrite(list), write: list.count, dataOut: list)
      #expect(await eventually { medium.heldFlushes == 1 })
      // The write is over when its data has come, which goes nowhere.
      let data = DataOutPDU(
        initiatorTaskTag: 900, targetTransferTag: transfer.targetTransferTag, dataSN: 0, bufferOffset: 0,
        dataLength: 4096)
      try two.send([UInt8](repeating: 0xEE, count: 4096)) { data.encode(to: $0) }
      let (header, sense) = try two.receive()
      #expect(header[3] == 2 && sense[14...15] == [0x04, 0x1B])
      // Pings and other units are served as ever.
      try one.send { NOPOutPDU(initiatorTaskTag: 903, cmdSN: one.cmdSN).encode(to: $0) }
      #expect(try one.receive { $0.initiatorTaskTag } == 903)
      one.lun = 1
      _ = try one.command(Self.ready)
      #expect(try one.command(Self.ready) == 0)
      one.lun = 0
      #expect(try one.sense(Self.ready).code == 0x041B)
      #expect(try one.sense(.read10(lba: 0, blocks: 1)).code == 0x041B)
      // The task ends; the operation does not, not even with a reset and the session.
      for function in [TaskManagementFunction.abortTask, .logicalUnitReset] {
        var request = TaskManagementRequestPDU(function: function, initiatorTaskTag: 904, cmdSN: one.cmdSN)
        request.referencedTaskTag = function == .abortTask ? 902 : reservedTag
        try one.send { request.encode(to: $0) }
        let answer = try one.receive { TaskManagementResponsePDU($0) }
        #expect(answer.initiatorTaskTag == 904)
      }
      one.close()
      two.close()
      #expect(await eventually { target.server.status().sessions.isEmpty })
      let again = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try again.login()
      #expect(try again.sense(Self.ready).code == 0x041B)
      medium.releaseFlushes()
      #expect(await target.events.waitFor { $0 == .sanitizeEnded(lun: 0, succeeded: true) })
      #expect(try again.sense(Self.ready).code == 0x2800)
      #expect(try again.read(.read10(lba: 3, blocks: 1), 512) == [UInt8](repeating: 7, count: 512))
      #expect(medium.contents(0..<medium.bytes).allSatisfy { $0 == 7 })
      again.close()
    }
  }

  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
  func goodMeansThatAllOfItIsStable() async throws {
    try await onSlowMedium { target, medium in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let list = Self.list([9], count: 2, flags: 0x80)
      #expect(try one.command(Self.overwrite(list), write: list.count, dataOut: list) == 0)
      // Each pass has reached the medium: what is on it after the first flush is the complement.
      let events = medium.events
      let firstFlush = try #require(events.firstIndex { if case .flushEnded = $0 { true } else { false } })
      var seen = Set<UInt8>()
      for case .write(_, let bytes) in events[..<firstFlush] { seen.formUnion(bytes) }
      #expect(seen == [~9])
      if case .flushEnded = events.last {} else { Issue.record("not stable before GOOD") }
      #expect(medium.contents(0..<medium.bytes).allSatisfy { $0 == 9 })
      one.close()
    }
  }

  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"), arguments: [UInt8(0x20), 0])
  func aFailureShutsTheUnit(flags: UInt8) async throws {
    try await onSlowMedium { target, medium in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      medium.failFlushes(errno: EIO)
      let list = Self.list([9])
      let failed = try one.sense(Self.overwrite(list, flags: flags), write: list.count, dataOut: list)
      #expect(failed.key == 3 && failed.code == 0x3103)
      #expect(target.events.all.contains(.sanitizeEnded(lun: 0, succeeded: false)))
      #expect(try one.sense(.read10(lba: 0, blocks: 1)).code == 0x3103)
      if flags == 0 {
        #expect(try one.sense(Self.exitFailureMode).code == 0x2400)
        #expect(try one.sense(.read10(lba: 0, blocks: 1)).code == 0x3103)
      } else {
        #expect(try one.command(Self.exitFailureMode) == 0)
        #expect(try one.sense(Self.ready).code == 0x2800)
        #expect(try one.read(.read10(lba: 0, blocks: 1), 512).count == 512)
      }
      one.close()
    }
  }

  /// Writes all over the disk until a unit attention comes: the codes of the sense data on the way.
  private static func writeUntilNews(_ target: ISCSITarget, as name: String) throws -> Set<Int> {
    let writer = try ISCSIInitiator(target, name: name, isid: 1)
    try writer.login()
    defer { writer.close() }
    let data = [UInt8](repeating: 0xEE, count: 65_536)
    var codes = Set<Int>()
    for round in 0... {
      let place = CommandDescriptorBlock.write10(lba: round * 131 % 240 * 128, blocks: 128)
      try writer.start(tag: writer.cmdSN, place, write: data.count, dataOut: data)
      let (header, sense) = try writer.receive()
      guard header[3] == 2 else { continue }
      codes.insert(Int(sense[14]) << 8 | Int(sense[15]))
      if sense[4] & 0xF == 6 { break }
    }
    return codes
  }

  /// Writers never stop, and nothing of theirs is left when the operation has ended.
  @Test func whatWasUnderWayLeavesNothing() async throws {
    try await ISCSITarget.with(megabytes: 16, Self.settings()) { target in
      let writers = (1...3).map { number in
        Task { try await onThread { try Self.writeUntilNews(target, as: "iqn.a:\(number)") } }
      }
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      #expect(await eventually { target.server.status().units[0].counters.bytesWritten > 8 << 20 })
      #expect(try one.command(Self.blockErase) == 0)
      // Each writer stops at the unit attention that ends it: nothing is written after.
      for writer in writers { #expect(try await writer.value.isSubset(of: [0x041B, 0x2800])) }
      #expect(try target.contents(offset: 0, count: 16 << 20).allSatisfy { $0 == 0 })
      one.close()
    }
  }
}
