import SCSI
import Testing

@Suite struct UnitAttentionTests {
  private let ready: [UInt8] = [0, 0, 0, 0, 0, 0]

  @Test func aNewNexusIsToldOnce() throws {
    let disk = try Disk()
    let nexus = disk.unit.attach(InitiatorPort(name: "iqn.2024-01.example:a", isid: 7))
    #expect(disk.run([0x12, 0, 0, 0, 96, 0], nexus).isGood)
    #expect(disk.run([0xA0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus).isGood)
    #expect(disk.run(ready, nexus).sense == 0x6_2900)
    #expect(disk.run(ready, nexus).isGood)
  }

  @Test func requestSenseTakesItAsData() throws {
    let disk = try Disk()
    let nexus = disk.unit.attach(InitiatorPort(name: "iqn.2024-01.example:a", isid: 7))
    let fixed = disk.run([0x03, 0, 0, 0, 18, 0], nexus).dataIn
    #expect(fixed[0] == 0x70 && fixed[2] == 6 && fixed[12] == 0x29)
    let descriptor = disk.run([0x03, 1, 0, 0, 18, 0], nexus).dataIn
    #expect(descriptor == [0x72, 0, 0, 0, 0, 0, 0, 0])
    #expect(disk.run(ready, nexus).isGood)
  }

  @Test func theyComeInOrderAndBeforeAnythingElse() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.unit.raise(.capacityDataHasChanged)
    disk.unit.raise(.commandsClearedByAnotherInitiator)
    disk.unit.raise(.capacityDataHasChanged)
    #expect(disk.run([0xFF, 0, 0, 0, 0, 0], nexus).sense == 0x6_2A09)
    #expect(disk.run(block10(0x28, lba: 0, count: 1), nexus).sense == 0x6_2F00)
    #expect(disk.run([0xFF, 0, 0, 0, 0, 0], nexus).sense == 0x5_2000)
  }

  @Test func reportLUNsTakesTheNewsOfTheInventory() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.inventory.add(disk.unit, at: try #require(LogicalUnitNumber(5)))
    disk.run([0xA0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus)
    #expect(disk.run(ready, nexus).isGood)
    disk.inventory.remove(try #require(LogicalUnitNumber(5)))
    #expect(disk.run(ready, nexus).sense == 0x6_3F0E)
  }

  @Test func normalACAIsRefused() throws {
    let disk = try Disk()
    #expect(disk.run([0, 0, 0, 0, 0, 4], disk.login()).sense == 0x5_2400)
    #expect(disk.run([0x28, 0, 0, 0, 0, 0, 0, 0, 1, 4], disk.login()).sense == 0x5_2400)
  }

  @Test(arguments: [SenseFormat.fixed, .descriptor]) func senseDataFitsItsLength(format: SenseFormat) {
    let sense = Sense(key: 3, code: 0x1100, information: 0x1_0000_0000, keySpecific: 0xC0_0102)
    var buffer = [UInt8](repeating: 0xEE, count: 64)
    let length = buffer.withUnsafeMutableBytes { sense.encode(format, into: $0) }
    #expect(length <= Sense.longestEncoding)
    #expect(buffer[length] == 0xEE)
    #expect(Int(buffer[7]) == length - 8)
    if format == .descriptor {
      #expect(Array(buffer[8..<20]) == [0, 10, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0])
    } else {
      // Above 32 bits the INFORMATION field is not valid.
      #expect(buffer[0] == 0x70)
    }
    var short = [UInt8](repeating: 0xEE, count: 4)
    #expect(short.withUnsafeMutableBytes { sense.encode(format, into: $0) } == length)
  }
}
