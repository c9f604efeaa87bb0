import Testing

@testable import SCSI

@Suite struct WriteAtomicTests {
  private func makeDisk(blocks: Int = 1000) throws -> Disk {
    try Disk(blocks: blocks) { $0.atomicWriteBlocks = 32 }
  }

  private func command(_ lba: UInt64, _ count: UInt16, flags: UInt8 = 0, boundary: UInt16 = 0) -> [UInt8] {
    let start: [UInt8] = [0x9C, flags] + bytes(lba)
    return start + bytes(boundary) + bytes(count) + [0, 0]
  }

  @Test func aUnitIsOneStep() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    let data = pattern(32 * 512)
    let extent = MediumExtent(offset: 64 * 512, length: 32 * 512)
    #expect(disk.run(command(64, 32), nexus, dataOut: data).isGood)
    #expect(
      disk.steps == [.receive(length: 32 * 512), .exclude, .storeAtomically(extent, durable: false)])
    #expect(Array(disk.medium[64 * 512..<96 * 512]) == data)
    #expect(disk.run(command(64, 32, flags: 0x08), nexus, dataOut: data).isGood)
    #expect(disk.steps.last == .storeAtomically(extent, durable: true))
    #expect(disk.run(command(64, 0), nexus).isGood)
    #expect(disk.steps.isEmpty && disk.faults.isEmpty)
  }

  @Test func whatIsNoWholeUnitIsRefused() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    let data = pattern(64 * 512)
    for refused in [
      command(1, 32), command(0, 1), command(0, 64), command(0, 32, flags: 0x20), command(0, 32, boundary: 8),
    ] {
      #expect(disk.run(refused, nexus, dataOut: data).sense == 0x5_2400)
    }
    #expect(disk.run(command(0, 32), nexus, dataOut: Array(data[..<512])).sense == 0x5_2400)
    // The last unit is not all there.
    #expect(disk.run(command(992, 32), nexus, dataOut: data).sense == 0x5_2100)
    #expect(disk.medium.allSatisfy { $0 == 0 })
    disk.failure = 5
    #expect(disk.run(command(0, 32), nexus, dataOut: Array(data[..<(32 * 512)])).sense == 0x3_0C00)
  }

  @Test func limitsAreTold() throws {
    let report: [UInt8] = [0xA3, 0x0C, 1, 0x9C, 0, 0, 0, 0, 0, 64, 0, 0]
    let limits: [UInt8] = [0x12, 1, 0xB0, 0, 255, 0]
    let disk = try makeDisk()
    let nexus = disk.login()
    #expect(disk.run(report, nexus).dataIn[1] == 3)
    #expect(
      Array(disk.run(limits, nexus).dataIn[44...])
        == [0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0])
    let other = try Disk()
    let otherNexus = other.login()
    #expect(other.run(report, otherNexus).dataIn[1] == 1)
    #expect(other.run(limits, otherNexus).dataIn[44...].allSatisfy { $0 == 0 })
    #expect(other.run(command(0, 32), otherNexus, dataOut: pattern(32 * 512)).sense == 0x5_2000)
  }
}
