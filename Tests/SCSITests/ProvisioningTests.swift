import SCSI
import Testing

@Suite struct ProvisioningTests {
  private func unmapList(_ ranges: [(lba: UInt64, count: UInt32)]) -> [UInt8] {
    var descriptors: [UInt8] = []
    for range in ranges { descriptors += bytes(range.lba) + bytes(range.count) + [0, 0, 0, 0] }
    return bytes(UInt16(descriptors.count + 6)) + bytes(UInt16(descriptors.count)) + [0, 0, 0, 0]
      + descriptors
  }

  private func unmap(_ list: [UInt8]) -> [UInt8] {
    [0x42, 0, 0, 0, 0, 0, 0] + bytes(UInt16(list.count)) + [0]
  }

  @Test func unmapDeallocatesEveryDescriptor() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.medium = pattern(disk.medium.count)
    let list = unmapList([(1, 2), (5, 0), (1024, 0), (1000, 24)])
    #expect(disk.run(unmap(list), nexus, dataOut: list).isGood)
    #expect(disk.steps.count == 3)
    #expect(disk.medium[512..<1536].allSatisfy { $0 == 0 })
    #expect(disk.medium[512_000...].allSatisfy { $0 == 0 })
    #expect(disk.medium[511] != 0)
    #expect(disk.faults.isEmpty)
  }

  @Test func unmapChecksAllBeforeItDoesAny() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let list = unmapList([(0, 8), (1020, 8)])
    #expect(disk.run(unmap(list), nexus, dataOut: list).sense == 0x5_2100)
    #expect(disk.steps == [.receive(length: list.count)])
    let many = unmapList((0..<257).map { (UInt64($0), 1) })
    #expect(disk.run(unmap(many), nexus, dataOut: many).sense == 0x5_2600)
    #expect(disk.run(unmap(list), nexus, dataOut: Array(list.dropLast())).sense == 0x5_1A00)
    #expect(disk.run(unmap([1, 2, 3]), nexus, dataOut: [1, 2, 3]).sense == 0x5_1A00)
    #expect(disk.run(unmap([]), nexus).isGood)
  }

  @Test func unmapWithoutAWriteCacheEndsWithAFlush() throws {
    let disk = try Disk(volatileCache: false)
    let nexus = disk.login()
    let list = unmapList([(0, 8)])
    #expect(disk.run(unmap(list), nexus, dataOut: list).isGood)
    #expect(disk.steps.last == .flush)
  }

  @Test func writeSameRepeatsTheBlock() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let block = pattern(512)
    #expect(disk.run(block16(0x93, lba: 2, count: 300), nexus, dataOut: block).isGood)
    for index in [2, 3, 130, 301] { #expect(Array(disk.medium[index * 512..<index * 512 + 512]) == block) }
    #expect(disk.medium[302 * 512..<303 * 512].allSatisfy { $0 == 0 })
    #expect(disk.faults.isEmpty)
  }

  @Test func writeSameOfZerosTakesTheFastWay() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let zeros = [UInt8](repeating: 0, count: 512)
    let extent = MediumExtent(offset: 0, length: 51_200)
    disk.run(block10(0x41, lba: 0, count: 100), nexus, dataOut: zeros)
    #expect(disk.steps.last == .zero(extent))
    disk.run(block10(0x41, flags: 0x08, lba: 0, count: 100), nexus, dataOut: zeros)
    #expect(disk.steps.last == .deallocate(extent))
    #expect(disk.run(block16(0x93, flags: 0x01, lba: 0, count: 100), nexus).isGood)
    #expect(disk.steps == [.zero(extent)])
  }

  @Test func writeSameRefusesWhatItCannotDo() throws {
    let disk = try Disk(deallocation: .readsAnything)
    let nexus = disk.login()
    let block = pattern(512)
    #expect(disk.run(block10(0x41, lba: 0, count: 0), nexus, dataOut: block).sense == 0x5_2400)
    #expect(disk.run(block10(0x41, flags: 0x08, lba: 0, count: 1), nexus, dataOut: block).sense == 0x5_2400)
    #expect(disk.run(block10(0x41, flags: 0x10, lba: 0, count: 1), nexus, dataOut: block).sense == 0x5_2400)
    #expect(disk.run(block10(0x41, flags: 0x01, lba: 0, count: 1), nexus, dataOut: block).sense == 0x5_2400)
    #expect(disk.run(block10(0x41, lba: 0, count: 1), nexus, dataOut: block + block).sense == 0x5_2400)
    #expect(disk.run(block10(0x41, lba: 1020, count: 5), nexus, dataOut: block).sense == 0x5_2100)
  }

  @Test func prefetchIsAHint() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(block10(0x34, lba: 1000, count: 0), nexus).isGood)
    #expect(disk.steps == [.prefetch(MediumExtent(offset: 512_000, length: 24 * 512))])
    #expect(disk.run(block16(0x90, lba: 1024, count: 1), nexus).sense == 0x5_2100)
  }

  @Test func capacityFollowsTheBacking() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let capacity10: [UInt8] = [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    let capacity16: [UInt8] = [0x9E, 0x10] + bytes(UInt64(0)) + [0, 0, 0, 32, 0, 0]
    #expect(disk.run(capacity10, nexus).dataIn == bytes(UInt32(1023)) + bytes(UInt32(512)))
    disk.unit.resize(toBlocks: 1 << 33)
    #expect(disk.run(capacity10, nexus).sense == 0x6_2A09)
    #expect(disk.run(capacity10, nexus).dataIn == bytes(UInt32.max) + bytes(UInt32(512)))
    let data = disk.run(capacity16, nexus).dataIn
    #expect(Array(data[..<16]) == bytes(UInt64(1) << 33 - 1) + bytes(UInt32(512)) + [0, 3, 0xC0, 0])
    #expect(data.count == 32)
  }
}
