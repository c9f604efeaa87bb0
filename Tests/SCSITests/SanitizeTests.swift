import Testing

@testable import SCSI

@Suite struct SanitizeTests {
  private static let testUnitReady: [UInt8] = [0, 0, 0, 0, 0, 0]
  private static let read = block10(0x28, lba: 0, count: 1)
  private static let write = block10(0x2A, lba: 0, count: 1)
  private static let requestSense: [UInt8] = [3, 0, 0, 0, 18, 0]
  private static let immediate: UInt8 = 0x80
  private static let unrestricted: UInt8 = 0x20

  private func makeDisk(
    blockLength: Int = 512, deallocation: LogicalUnit.Deallocation = .readsZeros
  ) throws -> Disk {
    let disk = try Disk(blocks: 64, blockLength: blockLength, deallocation: deallocation) {
      $0.allowsSanitize = true
    }
    disk.medium = pattern(64 * blockLength)
    return disk
  }

  private func command(_ action: UInt8, flags: UInt8 = 0, _ list: [UInt8] = []) -> [UInt8] {
    [0x48, flags | action, 0, 0, 0, 0, 0] + bytes(UInt16(list.count)) + [0]
  }

  private func list(_ pattern: [UInt8], count: UInt8 = 1, flags: UInt8 = 0) -> [UInt8] {
    [flags | count, 0] + bytes(UInt16(pattern.count)) + pattern
  }

  private func overwrite(_ disk: Disk, _ nexus: Nexus, _ list: [UInt8], flags: UInt8 = 0) -> Disk.Answer {
    disk.run(command(1, flags: flags, list), nexus, dataOut: list)
  }

  @Test func whereItIsNotAllowedItDoesNotExist() throws {
    let disk = try Disk()
    let nexus = disk.login()
    for action: UInt8 in [1, 2, 3, 0x1F] {
      #expect(disk.run(command(action), nexus).sense == 0x5_2000)
      #expect(
        disk.run([0xA3, 0x0C, 3, 0x48, 0, action, 0, 0, 0, 64, 0, 0], nexus).dataIn == [0, 1, 0, 0])
    }
    #expect(disk.run([0x12, 1, 0xB1, 0, 64, 0], nexus).dataIn[7] == 0)
    let drive = try Disk(
      blocks: 64, blockLength: 2048, writeProtected: true, deallocation: .unsupported, type: .multimedia
    ) { $0.allowsSanitize = true }
    #expect(drive.run(command(1), drive.login()).sense == 0x5_2000)
  }

  @Test func whatIsSupportedIsTold() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    for (action, isThere) in [(1, true), (2, true), (3, false), (0x1F, true)] as [(UInt8, Bool)] {
      let one = disk.run([0xA3, 0x0C, 2, 0x48, 0, action, 0, 0, 0, 64, 0, 0], nexus).dataIn
      #expect(one[1] == (isThere ? 3 : 1))
      if !isThere { #expect(disk.run(command(action), nexus).sense == 0x5_2400) }
    }
    // Option 1 is for commands without service action.
    #expect(disk.run([0xA3, 0x0C, 1, 0x48, 0, 0, 0, 0, 0, 64, 0, 0], nexus).sense == 0x5_2400)
    #expect(disk.run([0x12, 1, 0xB1, 0, 64, 0], nexus).dataIn[7] == 0x40)
    let solid = try makeDisk(deallocation: .unsupported)
    let other = solid.login()
    #expect(solid.run(command(2), other).sense == 0x5_2400)
    #expect(solid.run([0x12, 1, 0xB1, 0, 64, 0], other).dataIn[7] == 0)
  }

  @Test(arguments: [512, 4096]) func patternsFillEachBlock(blockLength: Int) throws {
    let disk = try makeDisk(blockLength: blockLength)
    let nexus = disk.login()
    let whole = pattern(blockLength)
    #expect(overwrite(disk, nexus, list(whole)).isGood)
    #expect(disk.medium == [[UInt8]](repeating: whole, count: 64).flatMap { $0 })
    // Cut off at the end of a block, and begun anew with the next.
    #expect(overwrite(disk, nexus, list([1, 2, 3])).isGood)
    let cut = (0..<blockLength).map { UInt8($0 % 3 + 1) }
    #expect(disk.medium == [[UInt8]](repeating: cut, count: 64).flatMap { $0 })
    #expect(disk.run(command(2), nexus).isGood)
    #expect(disk.medium.allSatisfy { $0 == 0 } && disk.faults.isEmpty)
  }

  @Test func theLastPassWritesThePatternAsItIs() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    let (one, other) = ([UInt8](repeating: 0x0F, count: 512), [UInt8](repeating: 0xF0, count: 512))
    #expect(overwrite(disk, nexus, list([0x0F], count: 3)).isGood)
    #expect(disk.written == [one, one, one])
    #expect(overwrite(disk, nexus, list([0x0F], count: 3, flags: 0x80)).isGood)
    #expect(disk.written[3...] == [one, other, one])
    #expect(overwrite(disk, nexus, list([0x0F], count: 2, flags: 0x80)).isGood)
    #expect(disk.written[6...] == [other, one])
  }

  @Test func whatIsWrongIsRefusedAndChangesNothing() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    let before = disk.medium
    for length in [0, 1, 3, 4, 517] {
      #expect(overwrite(disk, nexus, [UInt8](repeating: 1, count: length)).sense == 0x5_2400)
    }
    let refused: [[UInt8]] = [
      list([1], count: 0), list([1], flags: 0x20), list([1], flags: 0x40), [1, 0, 0, 0, 1], [1, 0, 2, 1, 1],
      [1, 1, 0, 1, 1],
    ]
    for list in refused { #expect(overwrite(disk, nexus, list).sense == 0x5_2600, "\(list)") }
    // The pattern is longer than the list, and the list than what is sent.
    #expect(overwrite(disk, nexus, [1, 0, 0, 3, 1, 1]).sense == 0x5_1A00)
    #expect(disk.run(command(1, list([1, 1])), nexus, dataOut: [1, 0, 0]).sense == 0x5_1A00)
    for action: UInt8 in [2, 0x1F] {
      #expect(disk.run(command(action, [0, 0]), nexus, dataOut: [0, 0]).sense == 0x5_2400)
    }
    for byte in 1...6 {
      for action: UInt8 in [1, 2, 0x1F] {
        var cdb = command(action, action == 1 ? list([1]) : [])
        cdb[byte] |= 0x40
        #expect(disk.run(cdb, nexus, dataOut: action == 1 ? list([1]) : []).sense == 0x5_2400)
      }
    }
    #expect(disk.medium == before && disk.unit.sanitizeOperation == nil)
    let fixed = try Disk(writeProtected: true) { $0.allowsSanitize = true }
    #expect(overwrite(fixed, fixed.login(), list([1])).sense == 0x7_2700)
    #expect(fixed.run(command(2), fixed.login("iqn.b")).sense == 0x7_2700)
  }

  @Test func anothersReservationForbidsIt() throws {
    let disk = try makeDisk()
    let (one, two) = (disk.login(), disk.login("iqn.2024-01.example:other"))
    #expect(disk.run([0x16, 0, 0, 0, 0, 0], two).isGood)
    for action: UInt8 in [2, 0x1F] {
      #expect(disk.run(command(action), one).status == .reservationConflict)
    }
    #expect(overwrite(disk, one, list([1])).status == .reservationConflict)
    #expect(disk.run(command(2), two).isGood)
    #expect(disk.run([0x17, 0, 0, 0, 0, 0], two).isGood)
    #expect(disk.run(Self.testUnitReady, one).sense == 0x6_2800)
    // Write exclusive, by the first.
    let (key, none) = (bytes(UInt64(1)), bytes(UInt64(0)))
    #expect(disk.run([0x5F, 0, 0, 0, 0, 0, 0, 0, 24, 0], one, dataOut: none + key + none).isGood)
    #expect(disk.run([0x5F, 1, 1, 0, 0, 0, 0, 0, 24, 0], one, dataOut: key + none + none).isGood)
    #expect(disk.run(command(2), two).status == .reservationConflict)
    #expect(disk.run(command(2), one).isGood)
  }

  @Test func nobodyGetsAtTheMediumMeanwhile() throws {
    let disk = try makeDisk()
    let (one, two) = (disk.login(), disk.login("iqn.2024-01.example:other"))
    #expect(disk.run(command(2, flags: Self.immediate), one).isGood)
    #expect(disk.steps == [.sanitize(waits: false)])
    disk.unit.sanitizeAdvanced(to: 0x1234)
    for nexus in [one, two] {
      for cdb in [Self.testUnitReady, Self.read, [0x1B, 0, 0, 0, 1, 0], command(2), command(0x1F)] {
        let answer = disk.run(cdb, nexus)
        #expect(answer.status == .checkCondition(.sanitizing(progress: 0x1234)))
      }
      #expect(disk.run(Self.write, nexus, dataOut: pattern(512)).sense == 0x2_041B)
      let sense = disk.run(Self.requestSense, nexus).dataIn
      #expect(sense[2] == 2 && sense[12...13] == [0x04, 0x1B] && sense[15...17] == [0x80, 0x12, 0x34])
      #expect(disk.run([0x12, 0, 0, 0, 36, 0], nexus).isGood)
      #expect(disk.run([0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0], nexus).isGood)
    }
    // Neither a reset nor the loss of a nexus ends it.
    disk.unit.reset()
    disk.unit.detach(one)
    #expect(disk.run(Self.testUnitReady, two).sense == 0x6_2903)
    #expect(disk.run(Self.testUnitReady, two).sense == 0x2_041B)
    let late = disk.login("iqn.2024-01.example:late")
    #expect(disk.run(Self.read, late).sense == 0x2_041B)
    disk.sanitize()
    #expect(disk.run(Self.testUnitReady, two).sense == 0x6_2800)
    #expect(disk.run(Self.read, two).dataIn == [UInt8](repeating: 0, count: 512))
  }

  @Test func theInitiatorItselfIsToldByTheStatus() throws {
    let disk = try makeDisk()
    let (one, two) = (disk.login(), disk.login("iqn.2024-01.example:other"))
    #expect(disk.run(command(2), one).isGood)
    #expect(disk.run(Self.read, one).isGood)
    #expect(disk.run(Self.read, two).sense == 0x6_2800)
  }

  @Test func aFailureOfTheRestrictedModeIsOnlyMended() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    disk.failure = 5
    #expect(disk.run(command(2), nexus).sense == 0x3_3103)
    #expect(disk.run(Self.read, nexus).sense == 0x3_3103)
    #expect(disk.run(Self.requestSense, nexus).dataIn[12...13] == [0x31, 0x03])
    #expect(disk.run(command(0x1F), nexus).sense == 0x5_2400)
    // Nor may it become unrestricted.
    #expect(disk.run(command(2, flags: Self.unrestricted), nexus).sense == 0x5_2400)
    #expect(disk.run(Self.read, nexus).sense == 0x3_3103)
    #expect(overwrite(disk, nexus, list([7])).isGood)
    #expect(disk.run(Self.read, nexus).dataIn == [UInt8](repeating: 7, count: 512))
  }

  @Test func aFailureOfTheUnrestrictedModeCanBeLeft() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    #expect(disk.run(command(0x1F), nexus).isGood)
    disk.failure = 5
    #expect(overwrite(disk, nexus, list([7]), flags: Self.unrestricted).sense == 0x3_3103)
    #expect(disk.run(Self.testUnitReady, nexus).sense == 0x3_3103)
    #expect(disk.run(command(0x1F), nexus).isGood)
    #expect(disk.run(Self.testUnitReady, nexus).sense == 0x6_2800)
    #expect(disk.run(Self.read, nexus).isGood)
  }

  @Test func whatCannotBeginChangesNothing() throws {
    let disk = try makeDisk()
    let nexus = disk.login()
    #expect(disk.run(command(2, flags: Self.immediate), nexus).isGood)
    disk.unit.sanitizeEnded(.notBegun)
    #expect(disk.run(Self.read, nexus).dataIn == pattern(512))
  }
}
