import SCSI
import Testing

@Suite struct CompareTests {
  private func compareAndWrite(lba: UInt64, count: UInt8, flags: UInt8 = 0) -> [UInt8] {
    [0x89, flags] + bytes(lba) + [0, 0, 0, count, 0, 0]
  }

  @Test func compareAndWriteStoresTheSecondHalfWhereTheFirstIsEqual() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.medium.replaceSubrange(512..<1536, with: pattern(1024))
    let new = pattern(1024, seed: 99)
    #expect(disk.run(compareAndWrite(lba: 1, count: 2), nexus, dataOut: pattern(1024) + new).isGood)
    #expect(Array(disk.medium[512..<1536]) == new)
    let stale = disk.run(compareAndWrite(lba: 1, count: 2), nexus, dataOut: pattern(1024) + pattern(1024))
    #expect(stale.sense == 0xE_1D00)
    #expect(Array(disk.medium[512..<1536]) == new)
    #expect(disk.faults.isEmpty)
  }

  @Test func miscompareTellsTheFirstDifferentByte() throws {
    let disk = try Disk()
    let nexus = disk.login()
    var data = [UInt8](repeating: 0, count: 2048)
    data[777] = 1
    let answer = disk.run(compareAndWrite(lba: 0, count: 2), nexus, dataOut: data)
    #expect(answer.status == .checkCondition(Sense(key: 0xE, code: 0x1D00, information: 777)))
  }

  @Test func compareAndWriteNeedsExactlyItsData() throws {
    let disk = try Disk()
    let nexus = disk.login()
    for count in [512, 1023, 1536] {
      #expect(disk.run(compareAndWrite(lba: 0, count: 1), nexus, dataOut: pattern(count)).sense == 0x5_2400)
    }
    #expect(disk.run(compareAndWrite(lba: 0, count: 65), nexus, dataOut: pattern(66_560)).sense == 0x5_2400)
    #expect(disk.run(compareAndWrite(lba: 0, count: 0), nexus).isGood)
    #expect(disk.run(compareAndWrite(lba: 1024, count: 1), nexus).sense == 0x5_2100)
  }

  /// Nothing may change the blocks between the comparison and the write.
  @Test func theUnitIsHeldBeforeAnythingIsCompared() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let zeros = [UInt8](repeating: 0, count: 1024)
    #expect(disk.run(compareAndWrite(lba: 0, count: 1), nexus, dataOut: zeros).isGood)
    let blocks = MediumExtent(offset: 0, length: 512)
    #expect(
      disk.steps == [
        .receive(length: 1024), .exclude, .load(blocks),
        .store(blocks, from: .dataOut, offset: 512, durable: false),
      ])
    // Three parts: between them the initiator is waited for, and others may write.
    let before = disk.exclusions
    #expect(disk.run(block16(0x8B, lba: 0, count: 300), nexus, dataOut: pattern(300 * 512)).isGood)
    #expect(disk.exclusions == before + 3)
    #expect(disk.steps.count(where: { $0 == .admit }) == 2)
    disk.failure = 5
    #expect(disk.run(compareAndWrite(lba: 0, count: 1), nexus, dataOut: zeros).sense == 0x3_1100)
  }

  /// Longer than the workspace, so in several parts.
  @Test func verifyComparesEveryPart() throws {
    let disk = try Disk()
    let nexus = disk.login()
    var data = pattern(300 * 512)
    disk.medium.replaceSubrange(0..<data.count, with: data)
    #expect(disk.run(block10(0x2F, flags: 0x02, lba: 0, count: 300), nexus, dataOut: data).isGood)
    data[290 * 512 + 5] ^= 1
    let answer = disk.run(block10(0x2F, flags: 0x02, lba: 0, count: 300), nexus, dataOut: data)
    #expect(answer.status == .checkCondition(Sense(key: 0xE, code: 0x1D00, information: 290 * 512 + 5)))
    #expect(disk.run(block10(0x2F, lba: 0, count: 300), nexus, dataOut: data).isGood)
    #expect(disk.run(block16(0x8F, flags: 0x04, lba: 0, count: 1), nexus).sense == 0x5_2400)
    #expect(disk.faults.isEmpty)
  }

  @Test func verifyReadsTheMediumWhenItComparesNothing() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.failure = 5
    let answer = disk.run(block10(0x2F, lba: 9, count: 1), nexus)
    #expect(answer.status == .checkCondition(Sense(key: 0x3, code: 0x1100, information: 9)))
  }

  @Test func verifyComparesOneBlockWithAll() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let block = Array(pattern(512))
    for index in 0..<200 { disk.medium.replaceSubrange(index * 512..<index * 512 + 512, with: block) }
    #expect(disk.run(block16(0x8F, flags: 0x06, lba: 0, count: 200), nexus, dataOut: block).isGood)
    #expect(disk.run(block16(0x8F, flags: 0x06, lba: 0, count: 201), nexus, dataOut: block).sense == 0xE_1D00)
    #expect(disk.run(block16(0x8F, flags: 0x06, lba: 0, count: 2), nexus, dataOut: [1]).sense == 0x5_2400)
  }

  @Test(arguments: [0, 2] as [UInt8]) func writeAndVerifyIsDurable(flags: UInt8) throws {
    let disk = try Disk()
    let nexus = disk.login()
    let data = pattern(200 * 512)
    #expect(disk.run(block10(0x2E, flags: flags, lba: 3, count: 200), nexus, dataOut: data).isGood)
    #expect(Array(disk.medium[1536..<1536 + data.count]) == data)
    let writes = disk.steps.filter {
      switch $0 {
      case .store(_, _, _, let durable), .receiveToMedium(_, let durable): durable
      default: false
      }
    }
    #expect(writes.count == (flags == 0 ? 1 : 2))
    #expect(disk.faults.isEmpty)
  }

  @Test func orWriteJoinsBits() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let old = pattern(200 * 512)
    let new = pattern(200 * 512, seed: 77)
    disk.medium.replaceSubrange(0..<old.count, with: old)
    #expect(disk.run(block16(0x8B, lba: 0, count: 200), nexus, dataOut: new).isGood)
    #expect(Array(disk.medium[..<old.count]) == zip(old, new).map { $0 | $1 })
    #expect(disk.faults.isEmpty)
  }
}
