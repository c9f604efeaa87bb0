import SCSI
import Testing

/// A CD/DVD drive with an image in it (MMC-6).
@Suite struct MultimediaTests {
  @Test func aDriveSaysWhatItIs() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    let inquiry = disk.run([0x12, 0, 0, 0, 96, 0], nexus).dataIn
    #expect(inquiry[0] == 0x05 && inquiry[1] == 0x80 && inquiry[5] == 0)
    #expect(inquiry[64] == 0x04 && inquiry[65] == 0xE0)
    let pages = disk.run([0x12, 1, 0, 0, 96, 0], nexus).dataIn
    #expect(pages == [0x05, 0, 0, 4, 0x00, 0x80, 0x83, 0x86])
    #expect(disk.run([0x12, 1, 0xB0, 0, 96, 0], nexus).sense == 0x5_2400)
    #expect(
      disk.run([0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], nexus).dataIn == bytes(UInt32(999)) + bytes(UInt32(2048)))
  }

  @Test func whatWritesIsNoCommandOfADrive() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    for code: UInt8 in [0x0A, 0x2A, 0xAA, 0x8A, 0x2E, 0x41, 0x42, 0x9E, 0x83, 0xA3] where code != 0xA3 {
      let answer = disk.run([code] + [UInt8](repeating: 0, count: 15), nexus, dataOut: pattern(2048))
      #expect(answer.sense == 0x5_2000, "\(code)")
    }
    // REPORT SUPPORTED OPERATION CODES is there, REPORT TARGET PORT GROUPS is not.
    #expect(disk.run([0xA3, 0x0C, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], nexus).isGood)
    #expect(disk.run([0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0], nexus).sense == 0x5_2400)
    #expect(disk.run(block10(0x35, lba: 0, count: 0), nexus).isGood && disk.steps.isEmpty)
  }

  @Test func aDiskHasNoCommandsOfADrive() throws {
    let disk = try Disk()
    let nexus = disk.login()
    for code: UInt8 in [0x43, 0x46, 0x4A, 0x51, 0x52, 0xAD, 0xBD, 0xBE] {
      #expect(disk.run([code] + [UInt8](repeating: 0, count: 15), nexus).sense == 0x5_2000)
    }
    #expect(disk.run([0x1B, 0, 0, 0, 0x02, 0], nexus).sense == 0x5_2400)
  }

  @Test func readReturnsTheImage() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    disk.medium = pattern(disk.medium.count)
    let part = Array(disk.medium[2048 * 16..<2048 * 18])
    #expect(disk.run(block10(0x28, lba: 16, count: 2), nexus).dataIn == part)
    #expect(disk.run([0xA8, 0] + bytes(UInt32(16)) + bytes(UInt32(2)) + [0, 0], nexus).dataIn == part)
    #expect(disk.run(block10(0x28, lba: 999, count: 2), nexus).sense == 0x5_2100)
    #expect(disk.run([0x2B, 0] + bytes(UInt32(999)) + [0, 0, 0, 0], nexus).isGood)
    #expect(disk.run([0x2B, 0] + bytes(UInt32(1000)) + [0, 0, 0, 0], nexus).sense == 0x5_2100)
    #expect(disk.faults.isEmpty)
  }

  @Test func readCDReturnsUserDataOnly() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    disk.medium = pattern(disk.medium.count)
    func readCD(_ sector: UInt8 = 0, lba: UInt32 = 16, what: UInt8 = 0x10, channel: UInt8 = 0) -> [UInt8] {
      [0xBE, sector << 2] + bytes(lba) + [0, 0, 2, what, channel, 0]
    }
    let part = Array(disk.medium[2048 * 16..<2048 * 18])
    #expect(disk.run(readCD(), nexus).dataIn == part)
    #expect(disk.run(readCD(2), nexus).dataIn == part)
    #expect(disk.run(readCD(what: 0), nexus).isGood && disk.steps.isEmpty)
    #expect(disk.run(readCD(1), nexus).sense == 0x5_6400)
    #expect(disk.run(readCD(what: 0xF8), nexus).sense == 0x5_2400)
    #expect(disk.run(readCD(channel: 1), nexus).sense == 0x5_2400)
    #expect(disk.run(readCD(lba: 999), nexus).sense == 0x5_2100)
    // Block 16 is at 00:02:16.
    #expect(disk.run([0xB9, 0, 0, 0, 2, 16, 0, 2, 18, 0x10, 0, 0], nexus).dataIn == part)
    #expect(disk.run([0xB9, 0, 0, 0, 1, 16, 0, 2, 18, 0x10, 0, 0], nexus).sense == 0x5_2400)
    #expect(disk.run([0xB9, 0, 0, 0, 2, 75, 0, 2, 18, 0x10, 0, 0], nexus).sense == 0x5_2400)
    #expect(disk.run([0xB9, 0, 0, 0, 2, 18, 0, 2, 16, 0x10, 0, 0], nexus).sense == 0x5_2400)
  }

  @Test func tableOfContents() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    func toc(_ format: UInt8, msf: Bool = false, track: UInt8 = 0, control: UInt8 = 0) -> [UInt8] {
      [0x43, msf ? 2 : 0, format, 0, 0, 0, track, 0x10, 0, control]
    }
    let first: [UInt8] = [0, 0x14, 1, 0]
    let last: [UInt8] = [0, 0x14, 0xAA, 0]
    #expect(
      disk.run(toc(0), nexus).dataIn == [0, 18, 1, 1] + first + [0, 0, 0, 0] + last + bytes(UInt32(1000)))
    #expect(
      disk.run(toc(0, msf: true), nexus).dataIn == [0, 18, 1, 1] + first + [0, 0, 2, 0] + last + [
        0, 0, 15, 25,
      ])
    #expect(disk.run(toc(0, track: 0xAA), nexus).dataIn == [0, 10, 1, 1] + last + bytes(UInt32(1000)))
    #expect(disk.run(toc(0, track: 2), nexus).sense == 0x5_2400)
    let sessions = [0, 10, 1, 1] + first + [0, 0, 0, 0]
    #expect(disk.run(toc(1), nexus).dataIn == sessions)
    // As Linux asks for it.
    #expect(disk.run(toc(0, control: 0x40), nexus).dataIn == sessions)
    let raw = disk.run(toc(2), nexus).dataIn
    #expect(raw.count == 4 + 4 * 11 && raw[1] == 46)
    #expect(Array(raw[26..<37]) == [1, 0x14, 0, 0xA2, 0, 0, 0, 0, 0, 15, 25])
    #expect(disk.run(toc(5), nexus).sense == 0x5_2400)
  }

  @Test func configurationNamesTheProfile() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    let all = disk.run([0x46, 0, 0, 0, 0, 0, 0, 0x10, 0, 0], nexus).dataIn
    #expect(Int(all[2]) << 8 | Int(all[3]) == all.count - 4)
    #expect(all[6] == 0 && all[7] == 0x08)
    var codes: [Int] = []
    var offset = 8
    while offset + 4 <= all.count {
      codes.append(Int(all[offset]) << 8 | Int(all[offset + 1]))
      offset += 4 + Int(all[offset + 3])
    }
    #expect(offset == all.count && codes == [0, 1, 2, 3, 0x10, 0x1D, 0x1E, 0x1F])
    let one = disk.run([0x46, 2, 0, 0x10, 0, 0, 0, 0x10, 0, 0], nexus).dataIn
    #expect(Array(one[8...]) == [0, 0x10, 0x01, 8, 0, 0, 8, 0, 0, 1, 1, 0])
    // Without a medium there is no profile, and what depends on one is not current.
    disk.run([0x1B, 0, 0, 0, 0x02, 0], nexus)
    let empty = disk.run([0x46, 1, 0, 0, 0, 0, 0, 0x10, 0, 0], nexus).dataIn
    #expect(empty[6] == 0 && empty[7] == 0 && empty.count < all.count)
  }

  @Test func discAndTrackInformation() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    let disc = disk.run([0x51, 0, 0, 0, 0, 0, 0, 0x10, 0, 0], nexus).dataIn
    #expect(disc.count == 34 && Array(disc[..<8]) == [0, 32, 0x0E, 1, 1, 1, 1, 0x20])
    let track = disk.run([0x52, 1, 0, 0, 0, 1, 0, 0x10, 0, 0], nexus).dataIn
    #expect(track.count == 36 && Array(track[..<7]) == [0, 34, 1, 1, 0, 4, 1])
    #expect(Array(track[24..<28]) == bytes(UInt32(1000)))
    #expect(disk.run([0x52, 0, 0, 0, 3, 0xE7, 0, 0x10, 0, 0], nexus).dataIn == track)
    #expect(disk.run([0x52, 0, 0, 0, 3, 0xE8, 0, 0x10, 0, 0], nexus).sense == 0x5_2100)
    #expect(disk.run([0x52, 1, 0, 0, 0, 2, 0, 0x10, 0, 0], nexus).sense == 0x5_2400)
    #expect(
      disk.run([0xBD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0], nexus).dataIn == [UInt8](repeating: 0, count: 8))
    // A CD has no structures of a DVD.
    #expect(disk.run([0xAD, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0], nexus).sense == 0x5_3002)
  }

  @Test func whatIsLargerThanACDIsADVD() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    disk.unit.exchangeMedium(blocks: 2_000_000)
    #expect(disk.run([0, 0, 0, 0, 0, 0], nexus).sense == 0x6_2800)
    let head = disk.run([0x46, 0, 0, 0, 0, 0, 0, 0, 8, 0], nexus).dataIn
    #expect(head[7] == 0x10)
    let physical = disk.run([0xAD, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0], nexus).dataIn
    #expect(physical.count == 2052 && Array(physical[..<4]) == [0x08, 0x02, 0, 0])
    #expect(Array(physical[8..<16]) == bytes(UInt32(0x30000)) + bytes(UInt32(0x30000 + 1_999_999)))
    #expect(disk.run([0xAD, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0, 0], nexus).dataIn == [0, 6, 0, 0, 0, 0, 0, 0])
    let list = disk.run([0xAD, 0, 0, 0, 0, 0, 0, 0xFF, 0x10, 0, 0, 0], nexus).dataIn
    #expect(list.count == 16 && list[1] == 14)
    #expect(disk.run([0x43, 0, 2, 0, 0, 0, 0, 0x10, 0, 0], nexus).sense == 0x5_2400)
    #expect(disk.run([0xBE, 0, 0, 0, 0, 0, 0, 0, 1, 0x10, 0, 0], nexus).sense == 0x5_3002)
  }

  @Test func modePagesAreThoseOfADrive() throws {
    let disk = try Disk.drive()
    let nexus = disk.login()
    let all = disk.run([0x5A, 0, 0x3F, 0, 0, 0, 0, 0x10, 0, 0], nexus).dataIn
    #expect(all.count == 8 + 12 + 22 && Array(all[..<10]) == [0, 40, 0, 0, 0, 0, 0, 0, 0x01, 0x0A])
    let short = disk.run([0x1A, 0, 0x2A, 0, 255, 0], nexus).dataIn
    #expect(short.count == 4 + 22 && short[3] == 0 && short[10] == 0x29)
    #expect(disk.run([0x5A, 0, 0x08, 0, 0, 0, 0, 0x10, 0, 0], nexus).sense == 0x5_2400)
    // What is sent back unchanged is fine; nothing can be changed.
    var list = [UInt8](repeating: 0, count: 8) + all[8..<20]
    let select: [UInt8] = [0x55, 0x10, 0, 0, 0, 0, 0, 0, UInt8(list.count), 0]
    #expect(disk.run(select, nexus, dataOut: list).isGood)
    list[11] = 5
    #expect(disk.run(select, nexus, dataOut: list).sense == 0x5_2600)
  }

  @Test func randomCommandsEndWithinBounds() throws {
    var random = SeededGenerator(state: 2048)
    let disk = try Disk.drive(blocks: 300)
    let nexuses = [disk.login(), disk.login("iqn.2024-01.example:other")]
    var keys = Set<UInt8>()
    for round in 0..<fuzzExecutions(6_000) {
      var cdb = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
      cdb[0] = UInt8(truncatingIfNeeded: round)
      for index in 1..<16 where !Int.random(in: 0..<4, using: &random).isMultiple(of: 4) { cdb[index] = 0 }
      let answer = disk.run(
        cdb, nexuses[round % 2], expecting: Int.random(in: 0..<5000, using: &random), dataOut: pattern(300))
      if case .checkCondition(let sense) = answer.status { keys.insert(sense.key) }
      #expect(disk.faults.isEmpty, "\(cdb)")
      // The tray stands open for some of the time; the first attempt may meet a unit attention.
      if round % 64 == 16 || round % 64 == 40 {
        for _ in 0..<3 { disk.run([0x1B, 0, 0, 0, round % 64 == 16 ? 2 : 3, 0], nexuses[0]) }
      }
      if round % 64 == 63 {
        disk.unit.reset()
        disk.unit.exchangeMedium(blocks: 300)
      }
    }
    #expect(keys.isSuperset(of: [2, 5, 6]))
  }
}
