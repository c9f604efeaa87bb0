import SCSI
import Testing

@Suite struct CopyTests {
  private func target(_ naa: UInt64 = 0x3123_4567_89AB_CDEF, code: UInt8 = 0xE4) -> [UInt8] {
    [code, 0, 0, 0, 1, 3, 0, 8] + bytes(naa) + [UInt8](repeating: 0, count: 12) + [0, 0, 2, 0]
  }

  private func segment(
    _ source: UInt64, _ destination: UInt64, _ blocks: UInt16, from: UInt16 = 0, to: UInt16 = 0,
    code: UInt8 = 2
  ) -> [UInt8] {
    [code, 0, 0, 24] + bytes(from) + bytes(to) + [0, 0] + bytes(blocks) + bytes(source) + bytes(destination)
  }

  private func list(_ targets: [[UInt8]], _ segments: [[UInt8]], identifier: UInt8 = 1, usage: UInt8 = 0)
    -> [UInt8]
  {
    let (targets, segments) = (targets.flatMap { $0 }, segments.flatMap { $0 })
    return [identifier, usage] + bytes(UInt16(targets.count)) + [0, 0, 0, 0] + bytes(UInt32(segments.count))
      + [0, 0, 0, 0] + targets + segments
  }

  private func copy(_ disk: Disk, _ nexus: Nexus, _ list: [UInt8]) -> Disk.Answer {
    disk.run([0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0] + bytes(UInt32(list.count)) + [0, 0], nexus, dataOut: list)
  }

  private func results(_ disk: Disk, _ nexus: Nexus, _ action: UInt8, list: UInt8 = 1) -> Disk.Answer {
    disk.run([0x84, action, list, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus)
  }

  @Test func blocksAreCopiedInOrder() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let data = pattern(300 * 512)
    disk.medium.replaceSubrange(0..<data.count, with: data)
    // More than one workspace, then a part of what was just copied.
    let answer = copy(
      disk, nexus, list([target()], [segment(0, 400, 300), segment(0, 0, 0), segment(400, 900, 3)]))
    #expect(answer.isGood, "\(answer)")
    #expect(Array(disk.medium[400 * 512..<700 * 512]) == data)
    #expect(Array(disk.medium[900 * 512..<903 * 512]) == Array(data[..<(3 * 512)]))
    #expect(disk.faults.isEmpty)
    let status = results(disk, nexus, 0).dataIn
    #expect(status == [0, 0, 0, 8, 1, 0, 3, 1] + bytes(UInt32(303 / 2)))
    // Told once.
    #expect(results(disk, nexus, 0).sense == 0x5_2400)
  }

  @Test func listsThatCannotBeCarriedOutAreRefused() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let good = segment(0, 10, 1)
    #expect(copy(disk, nexus, []).isGood)
    #expect(copy(disk, nexus, Array(list([target()], [good]).dropLast())).sense == 0x5_1A00)
    #expect(copy(disk, nexus, [1, 0, 0]).sense == 0x5_1A00)
    #expect(copy(disk, nexus, list([[UInt8]](repeating: target(), count: 9), [good])).sense == 0x5_2606)
    #expect(copy(disk, nexus, list([target()], [[UInt8]](repeating: good, count: 17))).sense == 0x5_2608)
    #expect(
      copy(
        disk, nexus, list([[UInt8]](repeating: target(), count: 9), [[UInt8]](repeating: good, count: 17))
      ).sense == 0x5_1A00)
    #expect(copy(disk, nexus, list([target(code: 0xE0)], [good])).sense == 0x5_2607)
    #expect(copy(disk, nexus, list([target()], [segment(0, 10, 1, code: 3)])).sense == 0x5_2609)
    #expect(copy(disk, nexus, list([target()], [segment(0, 10, 1, to: 1)])).sense == 0xA_0804)
    #expect(copy(disk, nexus, list([target(5)], [good])).sense == 0xA_0D02)
    #expect(copy(disk, nexus, list([target()], [segment(0, 1023, 2)])).sense == 0xA_0000)
    #expect(copy(disk, nexus, list([target()], [segment(.max, 0, 2)])).sense == 0xA_0000)
    #expect(disk.medium.allSatisfy { $0 == 0 })
    let protected = try Disk(writeProtected: true)
    #expect(copy(protected, protected.login(), list([target()], [good])).sense == 0x7_2700)
  }

  @Test func aCopyThatFailsSaysSo() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.failure = 5
    #expect(copy(disk, nexus, list([target()], [segment(0, 10, 1)])).sense == 0xA_0D01)
    #expect(results(disk, nexus, 0).dataIn.dropFirst(4).first == 2)
    // Kept for nobody with LIST ID USAGE 11b.
    #expect(copy(disk, nexus, list([target()], [segment(0, 10, 1)], usage: 0x18)).isGood)
    #expect(results(disk, nexus, 0).sense == 0x5_2400)
  }

  @Test func aReservationOfAnotherKeepsCopiesOut() throws {
    let disk = try Disk()
    let (nexus, other) = (disk.login(), disk.login("iqn.2024-01.example:other"))
    #expect(disk.run([0x16, 0, 0, 0, 0, 0], other).isGood)
    #expect(copy(disk, nexus, list([target()], [segment(0, 10, 1)])).status == .reservationConflict)
  }

  @Test func operatingParametersTellTheLimits() throws {
    let disk = try Disk()
    let data = results(disk, disk.login(), 3, list: 0).dataIn
    #expect(Int(data[3]) == data.count - 4)
    #expect(data[8...11] == [0, 8, 0, 16])
    #expect(data[43...] == [2, 0x02, 0xE4])
  }
}
