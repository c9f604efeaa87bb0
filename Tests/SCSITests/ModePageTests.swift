import SCSI
import Testing

@Suite struct ModePageTests {
  private func sense6(_ page: UInt8, flags: UInt8 = 0) -> [UInt8] { [0x1A, flags, page, 0, 255, 0] }
  private func select6(_ list: [UInt8]) -> [UInt8] { [0x15, 0x10, 0, 0, UInt8(list.count), 0] }
  private func cachingPage(_ flags: UInt8) -> [UInt8] {
    [0x08, 0x12, flags] + [UInt8](repeating: 0, count: 17)
  }
  private func controlPage(_ sense: UInt8, _ protect: UInt8) -> [UInt8] {
    [0x0A, 0x0A, 0x20 | sense, 0x10, protect, 0, 0, 0, 0xFF, 0xFF, 0, 0]
  }

  @Test func cachingPageTellsTheTruth() throws {
    let volatile = try Disk(volatileCache: true)
    let stable = try Disk(volatileCache: false)
    #expect(volatile.run(sense6(0x08, flags: 0x08), volatile.login()).dataIn[4 + 2] == 0x04)
    #expect(stable.run(sense6(0x08, flags: 0x08), stable.login()).dataIn[4 + 2] == 0x00)
  }

  @Test func headersCarryProtectionAndLength() throws {
    let disk = try Disk(writeProtected: true)
    let nexus = disk.login()
    let six = disk.run(sense6(0x3F), nexus).dataIn
    #expect(Int(six[0]) == six.count - 1)
    #expect(Array(six[2..<12]) == [0x90, 8] + bytes(UInt32(1024)) + bytes(UInt32(512)))
    #expect(six.count == 4 + 8 + 20 + 12)
    let ten = disk.run([0x5A, 0x10, 0x3F, 0, 0, 0, 0, 1, 0, 0], nexus).dataIn
    #expect(Int(ten[0]) << 8 | Int(ten[1]) == ten.count - 2)
    #expect(ten[3] == 0x90 && ten[4] == 1 && ten[7] == 16)
    #expect(Array(ten[8..<24]) == bytes(UInt64(1024)) + bytes(UInt64(512)))
  }

  @Test func unknownPagesAndSavedValuesAreRefused() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(sense6(0x1D), nexus).sense == 0x5_2400)
    #expect(disk.run([0x1A, 0, 0x0A, 1, 255, 0], nexus).sense == 0x5_2400)
    #expect(disk.run(sense6(0xC8), nexus).sense == 0x5_3900)
    #expect(disk.run(sense6(0x48, flags: 0x08), nexus).dataIn[6] == 0x04)
  }

  @Test func switchingTheWriteCacheOffMakesWritesDurable() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let other = disk.login("iqn.2024-01.example:other")
    let list = [0, 0, 0, 0] + cachingPage(0)
    #expect(disk.run(select6(list), nexus, dataOut: list).isGood)
    disk.run(block10(0x2A, lba: 0, count: 1), nexus, dataOut: pattern(512))
    #expect(disk.steps == [.receiveToMedium(MediumExtent(offset: 0, length: 512), durable: true)])
    #expect(disk.run([0, 0, 0, 0, 0, 0], other).sense == 0x6_2A01)
    disk.unit.reset()
    #expect(disk.unit.isWriteCacheEnabled)
    #expect(disk.run([0, 0, 0, 0, 0, 0], nexus).sense == 0x6_2903)
  }

  @Test func softwareWriteProtectAndSenseFormatCanBeSet() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let list = [0, 0, 0, 0] + controlPage(0x04, 0x08)
    #expect(disk.run(select6(list), nexus, dataOut: list).isGood)
    #expect(disk.unit.senseFormat == .descriptor)
    #expect(disk.run(block10(0x2A, lba: 0, count: 1), nexus, dataOut: pattern(512)).sense == 0x7_2700)
    #expect(disk.run(sense6(0x0A, flags: 0x08), nexus).dataIn[4...] == ArraySlice(controlPage(0x04, 0x08)))
    let back = [0, 0, 0, 0] + controlPage(0, 0)
    #expect(disk.run(select6(back), nexus, dataOut: back).isGood)
    #expect(!disk.unit.isWriteProtected)
  }

  @Test func aBadListChangesNothing() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let good = cachingPage(0)
    let lists: [([UInt8], UInt32)] = [
      ([0, 0, 0, 0] + good + [0x1D, 2, 0, 0], 0x5_2600),
      ([0, 0, 0, 0] + good + cachingPage(0x05), 0x5_2600),
      ([0, 0, 0, 0] + good + [0x08], 0x5_1A00),
      ([0, 0, 0, 0] + good.dropLast(), 0x5_1A00),
      ([0, 0, 0, 8] + good[..<4], 0x5_1A00),
      ([0, 0, 0, 8] + bytes(UInt32(1024)) + bytes(UInt32(4096)) + good, 0x5_2600),
      ([0, 0], 0x5_1A00),
    ]
    for (list, sense) in lists {
      #expect(disk.run(select6(list), nexus, dataOut: list).sense == sense)
      #expect(disk.unit.isWriteCacheEnabled)
    }
    let descriptor = [0, 0, 0, 8] + bytes(UInt32(1024)) + bytes(UInt32(512)) + good
    #expect(disk.run(select6(descriptor), nexus, dataOut: descriptor).isGood)
    #expect(disk.run([0x15, 0x11, 0, 0, 4, 0], nexus, dataOut: [0, 0, 0, 0]).sense == 0x5_2400)
    #expect(disk.run([0x15, 0x00, 0, 0, 4, 0], nexus, dataOut: [0, 0, 0, 0]).sense == 0x5_2400)
  }
}
