import SCSI
import Testing

@Suite struct ReadWriteTests {
  @Test(arguments: [512, 4096]) func readReturnsWhatWriteStored(blockLength: Int) throws {
    let disk = try Disk(blockLength: blockLength)
    let nexus = disk.login()
    let data = pattern(3 * blockLength)
    let writes: [[UInt8]] = [
      [0x0A, 0, 0, 9, 3, 0], block10(0x2A, lba: 20, count: 3),
      [0xAA, 0] + bytes(UInt32(30)) + bytes(UInt32(3)) + [0, 0], block16(0x8A, lba: 40, count: 3),
    ]
    let reads: [[UInt8]] = [
      [0x08, 0, 0, 9, 3, 0], block10(0x28, lba: 20, count: 3),
      [0xA8, 0] + bytes(UInt32(30)) + bytes(UInt32(3)) + [0, 0], block16(0x88, lba: 40, count: 3),
    ]
    for (write, read) in zip(writes, reads) {
      #expect(disk.run(write, nexus, dataOut: data).isGood)
      let answer = disk.run(read, nexus)
      #expect(answer.isGood)
      #expect(answer.dataIn == data)
      #expect(answer.transferLength == data.count)
    }
    #expect(disk.faults.isEmpty)
  }

  @Test func zeroBlocksAre256InSixByteCommandsOnly() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run([0x08, 0, 0, 0, 0, 0], nexus).dataIn.count == 256 * 512)
    #expect(disk.run(block10(0x28, lba: 0, count: 0), nexus).dataIn.isEmpty)
    #expect(disk.run(block10(0x28, lba: 1024, count: 0), nexus).isGood)
  }

  @Test func blocksOutsideTheMediumAreRefused() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(block10(0x28, lba: 1023, count: 2), nexus).sense == 0x5_2100)
    #expect(disk.run(block10(0x28, lba: 1025, count: 0), nexus).sense == 0x5_2100)
    #expect(disk.run(block16(0x88, lba: .max, count: .max), nexus).sense == 0x5_2100)
    #expect(disk.run(block16(0x8A, lba: UInt64.max - 1, count: 2), nexus, dataOut: [1]).sense == 0x5_2100)
  }

  @Test func protectionInformationIsRefused() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(block10(0x28, flags: 0x20, lba: 0, count: 1), nexus).sense == 0x5_2400)
    #expect(disk.run(block16(0x8A, flags: 0x80, lba: 0, count: 1), nexus).sense == 0x5_2400)
  }

  @Test func forceUnitAccessMakesTheWriteDurable() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let extent = MediumExtent(offset: 0, length: 512)
    disk.run(block10(0x2A, flags: 0x08, lba: 0, count: 1), nexus, dataOut: pattern(512))
    #expect(disk.steps == [.receiveToMedium(extent, durable: true)])
    disk.run(block10(0x2A, flags: 0x10, lba: 0, count: 1), nexus, dataOut: pattern(512))
    #expect(disk.steps == [.receiveToMedium(extent, durable: false)])
    // Byte 1 of WRITE (6) belongs to the address.
    disk.run([0x0A, 0x08, 0, 0, 1, 0], nexus, dataOut: pattern(512))
    #expect(disk.steps.isEmpty)
  }

  @Test func withoutAWriteCacheEveryWriteIsDurable() throws {
    let disk = try Disk(volatileCache: false)
    let nexus = disk.login()
    disk.run([0x0A, 0, 0, 0, 1, 0], nexus, dataOut: pattern(512))
    #expect(disk.steps == [.receiveToMedium(MediumExtent(offset: 0, length: 512), durable: true)])
  }

  @Test func onlyWhatIsExpectedIsTransferred() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let read = disk.run(block10(0x28, lba: 0, count: 4), nexus, expecting: 700)
    #expect(disk.steps == [.sendMedium(MediumExtent(offset: 0, length: 1024))])
    #expect(read.dataIn.count == 700)
    #expect(read.transferLength == 2048)
    let write = disk.run(block10(0x2A, lba: 0, count: 4), nexus, dataOut: pattern(700))
    #expect(disk.steps == [.receiveToMedium(MediumExtent(offset: 0, length: 512), durable: false)])
    #expect(write.isGood && write.transferLength == 2048)
    #expect(disk.run(block10(0x2A, lba: 0, count: 1), nexus).isGood)
    #expect(disk.steps.isEmpty)
  }

  @Test func writeProtectedUnitsRefuseEveryKindOfWrite() throws {
    let disk = try Disk(writeProtected: true)
    let nexus = disk.login()
    let data = pattern(1024)
    for code: UInt8 in [0x2A, 0x2E, 0x41] {
      #expect(
        disk.run(block10(code, lba: 0, count: 1), nexus, dataOut: Array(data[..<512])).sense == 0x7_2700)
    }
    for code: UInt8 in [0x8A, 0x8B, 0x8E, 0x93] {
      #expect(
        disk.run(block16(code, lba: 0, count: 1), nexus, dataOut: Array(data[..<512])).sense == 0x7_2700)
    }
    let compare: [UInt8] = [0x89, 0] + bytes(UInt64(0)) + [0, 0, 0, 1, 0, 0]
    #expect(disk.run(compare, nexus, dataOut: data).sense == 0x7_2700)
    #expect(disk.run([0x42, 0, 0, 0, 0, 0, 0, 0, 8, 0], nexus, dataOut: data).sense == 0x7_2700)
    #expect(disk.run(block10(0x28, lba: 0, count: 1), nexus).isGood)
  }

  @Test(
    arguments: [
      (5, 0x3_1100), (28, 0x7_2707), (30, 0x7_2700), (19, 0x2_0400), (12, 0x4_4400),
    ] as [(Int32, UInt32)])
  func failuresOfTheBackingBecomeSenseData(errno: Int32, sense: UInt32) throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.failure = errno
    let answer = disk.run(block10(0x28, lba: 7, count: 1), nexus)
    #expect(answer.sense == sense)
    if errno == 5, case .checkCondition(let sense) = answer.status { #expect(sense.information == 7) }
  }

  @Test func aFailedFlushIsNoSuccess() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.failure = 5
    #expect(disk.run(block10(0x35, lba: 0, count: 0), nexus).sense == 0x3_0C00)
    #expect(disk.run(block16(0x91, lba: 0, count: 0), nexus).isGood)
    #expect(disk.steps == [.flush])
  }

  @Test func tooLongATransferIsRefused() throws {
    let disk = try Disk(blocks: 70_000)
    let nexus = disk.login()
    #expect(disk.run(block16(0x88, lba: 0, count: 65_537), nexus).sense == 0x5_2400)
    #expect(disk.run(block16(0x88, lba: 0, count: 65_536), nexus, expecting: 512).isGood)
  }
}
