import SCSI
import Testing

@Suite struct LogTests {
  private func sense(_ page: UInt8, _ subpage: UInt8 = 0, control: UInt8 = 1) -> [UInt8] {
    [0x4D, 0, control << 6 | page, subpage, 0, 0, 0, 1, 0, 0]
  }

  @Test func errorsOfTheMediumAreCounted() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(sense(0), nexus).dataIn == [0, 0, 0, 3, 0, 2, 3])
    #expect(disk.run(sense(0, 0xFF), nexus).dataIn == [0x40, 0xFF, 0, 6, 0, 0, 2, 0, 3, 0])
    disk.failure = 5
    _ = disk.run(block10(0x28, lba: 0, count: 1), nexus)
    disk.failure = 5
    _ = disk.run(block10(0x2A, lba: 0, count: 1), nexus, dataOut: pattern(512))
    for page: UInt8 in [2, 3] {
      #expect(disk.run(sense(page), nexus).dataIn == [page, 0, 0, 12, 0, 6, 2, 8] + bytes(UInt64(1)))
      #expect(disk.run(sense(page, control: 3), nexus).dataIn.last == 0)
    }
    #expect(disk.run([0x4C, 0x02, 0, 0, 0, 0, 0, 0, 0, 0], nexus).isGood)
    #expect(disk.run(sense(2), nexus).dataIn.last == 0)
  }

  @Test func whatIsNotCountedIsNotTold() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run(sense(0x0D), nexus).sense == 0x5_2400)
    #expect(disk.run(sense(2, 1), nexus).sense == 0x5_2400)
    #expect(disk.run([0x4C, 0, 0, 0, 0, 0, 0, 0, 4, 0], nexus, dataOut: [0, 0, 0, 0]).sense == 0x5_2400)
  }

  @Test func thereIsOnePortThatIsAlwaysActive() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let groups: (UInt8) -> [UInt8] = { [0xA3, $0 << 5 | 0x0A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] }
    #expect(disk.run(groups(0), nexus).dataIn == [0, 0, 0, 12, 0x80, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])
    #expect(disk.run(groups(1), nexus).dataIn.count == 20)
    #expect(disk.run(groups(2), nexus).sense == 0x5_2400)
  }
}
