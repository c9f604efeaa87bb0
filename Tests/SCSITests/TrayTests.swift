import SCSI
import Testing

/// Ejecting and loading the medium, and who learns of it.
@Suite struct TrayTests {
  private static let testUnitReady: [UInt8] = [0, 0, 0, 0, 0, 0]
  private static let eject: [UInt8] = [0x1B, 0, 0, 0, 0x02, 0]
  private static let load: [UInt8] = [0x1B, 0, 0, 0, 0x03, 0]
  private static let events: [UInt8] = [0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8, 0]

  private func prevent(_ prevents: Bool) -> [UInt8] { [0x1E, 0, 0, 0, prevents ? 1 : 0, 0] }

  @Test func anEjectedMediumIsNotPresentToAnyone() throws {
    let disk = try Disk.drive()
    let one = disk.login()
    let two = disk.login("iqn.2024-01.example:other")
    #expect(disk.run(Self.eject, one).isGood)
    #expect(disk.run(Self.eject, one).isGood)
    for nexus in [one, two] {
      #expect(disk.run(Self.testUnitReady, nexus).sense == 0x2_3A02)
      #expect(disk.run(block10(0x28, lba: 0, count: 1), nexus).sense == 0x2_3A02)
      #expect(disk.run([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], nexus).sense == 0x2_3A02)
      #expect(disk.run([0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0], nexus).sense == 0x2_3A02)
      // An unknown command is unknown, whatever lies in the tray.
      #expect(disk.run([0x48, 0, 0, 0, 0, 0], nexus).sense == 0x5_2000)
      let sense = disk.run([0x03, 0, 0, 0, 18, 0], nexus).dataIn
      #expect(sense[2] == 2 && sense[12] == 0x3A && sense[13] == 0x02)
      #expect(disk.run([0x12, 0, 0, 0, 36, 0], nexus).isGood)
      #expect(disk.run([0x5A, 0, 0x2A, 0, 0, 0, 0, 0, 64, 0], nexus).isGood)
      #expect(disk.run([0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0], nexus).dataIn[1] == 0x10)
    }
    #expect(disk.run([0x1B, 0, 0, 0, 0x01, 0], one).sense == 0x2_3A02)
    #expect(disk.run(Self.load, one).isGood)
    #expect(disk.run(Self.testUnitReady, one).isGood)
    #expect(disk.run(Self.testUnitReady, two).sense == 0x6_2800)
    #expect(disk.run(Self.testUnitReady, two).isGood)
  }

  @Test func eventsAreToldOncePerNexus() throws {
    let disk = try Disk.drive()
    let one = disk.login()
    let two = disk.login("iqn.2024-01.example:other")
    #expect(disk.run(Self.events, one).dataIn == [0, 6, 4, 0x12, 0, 2, 0, 0])
    disk.run(Self.eject, one)
    for nexus in [one, two] {
      #expect(disk.run(Self.events, nexus).dataIn == [0, 6, 4, 0x12, 3, 1, 0, 0])
      #expect(disk.run(Self.events, nexus).dataIn == [0, 6, 4, 0x12, 0, 1, 0, 0])
    }
    disk.run(Self.load, one)
    // Told although a unit attention is pending, which stays.
    #expect(disk.run(Self.events, two).dataIn == [0, 6, 4, 0x12, 2, 2, 0, 0])
    #expect(disk.run(Self.testUnitReady, two).sense == 0x6_2800)
    // Asking for the header takes no event away.
    #expect(disk.run([0x4A, 1, 0, 0, 0x10, 0, 0, 0, 4, 0], one).dataIn == [0, 6, 4, 0x12])
    #expect(disk.run(Self.events, one).dataIn[4] == 2)
    #expect(disk.run([0x4A, 1, 0, 0, 0x02, 0, 0, 0, 8, 0], one).dataIn == [0, 6, 1, 0x12, 0, 0, 0, 0])
    #expect(disk.run([0x4A, 1, 0, 0, 0x40, 0, 0, 0, 8, 0], one).dataIn == [0, 2, 0x80, 0x12])
    #expect(disk.run([0x4A, 0, 0, 0, 0x10, 0, 0, 0, 8, 0], one).sense == 0x5_2400)
  }

  @Test func aLockedTrayStaysWhereItIs() throws {
    let disk = try Disk.drive()
    let one = disk.login()
    let two = disk.login("iqn.2024-01.example:other")
    #expect(disk.run(prevent(true), one).isGood)
    for nexus in [one, two] { #expect(disk.run(Self.eject, nexus).sense == 0x5_5302) }
    #expect(disk.run([0x1A, 0, 0x2A, 0, 64, 0], two).dataIn[10] == 0x2B)
    #expect(disk.run(Self.testUnitReady, two).isGood)
    // Another's allowance is not the one that counts.
    #expect(disk.run(prevent(false), two).isGood)
    #expect(disk.run(Self.eject, two).sense == 0x5_5302)
    #expect(disk.run(prevent(false), one).isGood)
    #expect(disk.run(Self.eject, two).isGood)
    #expect(disk.run(prevent(true), one).isGood)
    #expect(disk.run(Self.load, two).sense == 0x5_5302)
    disk.unit.reset()
    disk.run(Self.testUnitReady, two)
    #expect(disk.run(Self.load, two).isGood)
    #expect(disk.run(prevent(true), two).isGood)
    disk.unit.detach(two)
    disk.run(Self.testUnitReady, one)
    disk.run(Self.testUnitReady, one)
    #expect(disk.run(Self.eject, one).isGood)
    #expect(disk.run([0x1E, 0, 0, 0, 2, 0], one).sense == 0x5_2400)
  }

  @Test func aRemovableDiskIsStableBeforeItIsEjected() throws {
    let disk = try Disk(isRemovable: true)
    let nexus = disk.login()
    #expect(disk.run([0x12, 0, 0, 0, 36, 0], nexus).dataIn[1] == 0x80)
    #expect(disk.run(Self.eject, nexus).isGood)
    #expect(disk.steps == [.flush])
    let write = disk.run(block10(0x2A, lba: 0, count: 1), nexus, dataOut: pattern(512))
    #expect(write.sense == 0x2_3A02)
    #expect(disk.run(block16(0x88, lba: 0, count: 1), nexus).sense == 0x2_3A02)
    #expect(disk.run(Self.load, nexus).isGood)
    #expect(disk.run(block10(0x2A, lba: 0, count: 1), nexus, dataOut: pattern(512)).isGood)
    disk.failure = 5
    #expect(disk.run(Self.eject, nexus).sense == 0x3_0C00)
    #expect(disk.run(Self.testUnitReady, nexus).isGood)
  }

  @Test func anotherMediumIsNewsToEveryNexus() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    disk.unit.exchangeMedium(blocks: 77)
    #expect(disk.run(Self.events, nexus).dataIn == [0, 6, 4, 0x12, 4, 2, 0, 0])
    #expect(disk.run(Self.testUnitReady, nexus).sense == 0x6_2800)
    #expect(disk.run([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], nexus).dataIn[3] == 76)
    // It shuts an open tray.
    disk.run(Self.eject, nexus)
    disk.run(Self.events, nexus)
    disk.unit.exchangeMedium(blocks: 78)
    #expect(disk.run(Self.events, nexus).dataIn[4] == 4)
    #expect(disk.run(Self.testUnitReady, nexus).sense == 0x6_2800)
    #expect(disk.run(Self.testUnitReady, nexus).isGood)
  }

  @Test func whoComesNextFindsTheTrayShut() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    #expect(disk.run(Self.eject, nexus).isGood)
    disk.unit.detach(nexus)
    let next = disk.login("iqn.2024-01.example:next")
    #expect(disk.run(Self.testUnitReady, next).isGood)
  }

  @Test func anothersReservationKeepsTheTrayShut() throws {
    let disk = try Disk.drive()
    let holder = disk.login()
    let other = disk.login("iqn.2024-01.example:other")
    // REGISTER the key 1, and RESERVE (exclusive access) by it.
    let key: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
    let none = [UInt8](repeating: 0, count: 8)
    #expect(disk.run([0x5F, 0, 0, 0, 0, 0, 0, 0, 24, 0], holder, dataOut: none + key + none).isGood)
    #expect(disk.run([0x5F, 1, 3, 0, 0, 0, 0, 0, 24, 0], holder, dataOut: key + none + none).isGood)
    #expect(disk.run(Self.eject, other).status == .reservationConflict)
    #expect(disk.run([0x1E, 0, 0, 0, 1, 0], other).status == .reservationConflict)
    #expect(disk.run([0x1E, 0, 0, 0, 0, 0], other).isGood)
    #expect(disk.run([0x1B, 0, 0, 0, 0x01, 0], other).isGood)
    #expect(disk.run(Self.eject, holder).isGood)
  }
}
