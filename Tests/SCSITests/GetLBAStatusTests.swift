import Testing

@testable import SCSI

/// GET LBA STATUS (SBC-3 5.4): descriptors of what the medium says that it has.
@Suite struct GetLBAStatusTests {
  struct Descriptor: Equatable {
    var lba: UInt64
    var blocks: UInt32
    var status: UInt8
    init(_ lba: UInt64, _ blocks: UInt32, _ status: UInt8) {
      (self.lba, self.blocks, self.status) = (lba, blocks, status)
    }
  }

  private func status(_ disk: Disk, from lba: UInt64, length: UInt32 = 0x10000) throws
    -> [Descriptor]
  {
    let nexus = disk.login()
    let answer = disk.run([0x9E, 0x12] + bytes(lba) + bytes(length) + [0, 0], nexus)
    #expect(answer.isGood && disk.faults.isEmpty)
    let data = answer.dataIn
    try #require(data.count >= 24 && (data.count - 8) % 16 == 0)
    #expect(number(data[..<4]) == UInt64(data.count - 4))
    return stride(from: 8, to: data.count, by: 16).map { start in
      let blocks = UInt32(truncatingIfNeeded: number(data[(start + 8)..<(start + 12)]))
      return Descriptor(number(data[start..<(start + 8)]), blocks, data[start + 12])
    }
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { (value: UInt64, byte: UInt8) -> UInt64 in value << 8 | UInt64(byte) }
  }

  @Test func holesAreDeallocatedAndTheRestIsMapped() throws {
    let disk = try Disk()
    disk.provisioning = [(true, 4096), (false, 8192), (true, 512 * 1024)]
    #expect(try status(disk, from: 0) == [.init(0, 8, 1), .init(8, 8, 0), .init(16, 1008, 1)])
    #expect(try status(disk, from: 9) == [.init(9, 7, 0), .init(16, 1008, 1)])
    #expect(try status(disk, from: 9, length: 24) == [.init(9, 7, 0)])
    #expect(try status(disk, from: 0, length: 55) == [.init(0, 8, 1), .init(8, 8, 0)])
    #expect(try status(disk, from: 1023) == [.init(1023, 1, 1)])
  }

  /// Granules of the file system that are not whole blocks of the unit.
  @Test func aBlockThatIsThereInPartIsMapped() throws {
    let disk = try Disk(blocks: 64, blockLength: 4096)
    disk.provisioning = [
      (true, 5000), (false, 5100), (true, 9000), (false, 20_000), (true, 23_000),
      (false, 64 * 4096),
    ]
    #expect(try status(disk, from: 0) == [.init(0, 1, 1), .init(1, 63, 0)])
    disk.provisioning = [(true, 1000), (false, 64 * 4096 - 1), (true, 64 * 4096)]
    #expect(try status(disk, from: 0) == [.init(0, 64, 0)])
  }

  @Test func whatItCannotAnswerIsRefused() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(
      disk.run([0x9E, 0x12] + bytes(UInt64(1024)) + [0, 0, 0, 24, 0, 0], nexus).sense == 0x5_2100)
    #expect(
      disk.run([0x9E, 0x12] + bytes(UInt64(0)) + [0, 0, 0, 7, 0, 0], nexus).sense == 0x5_2400)
  }

  @Test func whatLiesTogetherIsOneRun() throws {
    let disk = try Disk()
    disk.provisioning = [(true, 1024), (true, 5120), (false, 6144), (false, 512 * 1024)]
    #expect(try status(disk, from: 0) == [.init(0, 10, 1), .init(10, 1014, 0)])
  }

  @Test func aSurveyThatBreaksOffSaysNoMoreThanItKnows() throws {
    let disk = try Disk()
    disk.provisioning = [(true, 4096), (false, 8192)]
    #expect(try status(disk, from: 0) == [.init(0, 8, 1), .init(8, 8, 0)])
    disk.provisioning = []
    #expect(try status(disk, from: 5) == [.init(5, 1019, 0)])
  }

  @Test func manyRunsFillTheWorkspace() throws {
    let blocks = 20_000
    let disk = try Disk(blocks: blocks)
    disk.provisioning = (1...blocks).map { (index: Int) -> (isDeallocated: Bool, end: UInt64) in
      (isDeallocated: index % 2 == 0, end: UInt64(index) * 512)
    }
    let all = try status(disk, from: 0)
    #expect(all.count == ProvisioningSurvey.capacity)
    for (index, descriptor) in all.enumerated() {
      #expect(descriptor == .init(UInt64(index), 1, index % 2 == 0 ? 0 : 1))
    }
  }

  @Test func aRunTooLongForItsFieldEndsTheList() throws {
    let disk = try Disk()
    disk.unit.resize(toBlocks: 1 << 40)
    disk.provisioning = [(true, 1 << 45), (false, 1 << 49)]
    #expect(try status(disk, from: 7) == [.init(7, .max, 1)])
  }

  @Test func withoutZerosEverythingIsMapped() throws {
    for deallocation in [LogicalUnit.Deallocation.unsupported, .readsAnything] {
      let disk = try Disk(deallocation: deallocation)
      disk.provisioning = [(true, 512 * 1024)]
      #expect(try status(disk, from: 1000) == [.init(1000, 24, 0)])
      #expect(!disk.steps.contains { if case .survey = $0 { true } else { false } })
    }
  }
}
