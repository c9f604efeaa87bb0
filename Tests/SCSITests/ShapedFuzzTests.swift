import Testing

@testable import SCSI

/// Commands that are right but for a field or two, of each kind with the data it takes: most do what they are for.
@Suite struct ShapedFuzzTests {
  private static let blocks: UInt64 = 300

  /// Draws commands for one disk.
  private struct Commands {
    var random: SeededGenerator
    let blockLength: Int

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    mutating func byte(_ range: ClosedRange<UInt8> = 0...255) -> UInt8 {
      UInt8.random(in: range, using: &random)
    }
    mutating func once(in count: Int) -> Bool { number(1...count) == 1 }

    mutating func next(on disk: Disk) -> (cdb: [UInt8], dataOut: [UInt8]) {
      switch number(0...9) {
      case 0...3: transfer()
      case 4: compareAndWrite(disk)
      case 5: writeSame()
      case 6: unmap()
      case 7: modeSelect(disk)
      default: (question(), [])
      }
    }

    private mutating func place() -> (lba: UInt64, count: Int) {
      let lba = UInt64(once(in: 4) ? number(290...310) : number(0...280))
      return (once(in: 200) ? .max : lba, once(in: 30) ? number(0...400) : number(0...9))
    }

    private mutating func cdb(_ code: UInt8, flags: UInt8, _ lba: UInt64, _ count: Int) -> [UInt8] {
      switch code >> 5 {
      case 0:
        [
          code, 0, UInt8(truncatingIfNeeded: lba >> 8), UInt8(truncatingIfNeeded: lba),
          UInt8(truncatingIfNeeded: count), 0,
        ]
      case 4: [code, flags] + bytes(lba) + bytes(UInt32(count)) + [0, 0]
      case 5: [code, flags] + bytes(UInt32(truncatingIfNeeded: lba)) + bytes(UInt32(count)) + [0, 0]
      default:
        [code, flags] + bytes(UInt32(truncatingIfNeeded: lba)) + [0]
          + bytes(UInt16(truncatingIfNeeded: count)) + [0]
      }
    }

    /// READ, WRITE, VERIFY, WRITE AND VERIFY, ORWRITE, PRE-FETCH, SYNCHRONIZE CACHE of every length.
    private mutating func transfer() -> (cdb: [UInt8], dataOut: [UInt8]) {
      let codes: [UInt8] = [
        0x08, 0x0A, 0x28, 0x2A, 0x2E, 0x2F, 0x34, 0x35, 0x88, 0x8A, 0x8B, 0x8E, 0x8F, 0x90, 0x91, 0xA8, 0xAA,
        0xAE,
        0xAF,
      ]
      let code = codes[number(0...codes.count - 1)]
      let (lba, count) = place()
      let flags: UInt8 = once(in: 2) ? 0 : [0x02, 0x04, 0x06, 0x08, 0x10, 0x18, 0xE0][number(0...6)]
      let length = max(0, count * blockLength + (once(in: 12) ? number(-600...600) : 0))
      return (
        cdb(code, flags: flags, lba, count), [UInt8](repeating: byte(0...1), count: min(length, 1 << 17))
      )
    }

    private mutating func compareAndWrite(_ disk: Disk) -> (cdb: [UInt8], dataOut: [UInt8]) {
      let (lba, _) = place()
      let count = number(0...3)
      let start = min(Int(truncatingIfNeeded: lba) & 0x1ff, 280) * blockLength
      var data = Array(disk.medium[start..<start + count * blockLength])
      data += [UInt8](repeating: byte(0...1), count: data.count)
      if once(in: 4), !data.isEmpty { data[number(0...data.count - 1)] ^= 1 }
      let cdb = [0x89, once(in: 3) ? 0x08 : 0] + bytes(lba) + [0, 0, 0, UInt8(count), 0, 0]
      return (cdb, data)
    }

    private mutating func writeSame() -> (cdb: [UInt8], dataOut: [UInt8]) {
      let (lba, count) = place()
      let flags: UInt8 = [0, 0, 0x08, 0x09, 0x01, 0x10, 0x02][number(0...6)]
      let length = flags & 1 == 1 ? 0 : blockLength
      return (
        cdb(once(in: 2) ? 0x41 : 0x93, flags: flags, lba, count),
        [UInt8](repeating: once(in: 2) ? 0 : byte(), count: once(in: 10) ? number(0...600) : length)
      )
    }

    private mutating func unmap() -> (cdb: [UInt8], dataOut: [UInt8]) {
      var descriptors: [UInt8] = []
      for _ in 0..<number(0...4) {
        let (lba, count) = place()
        descriptors += bytes(lba) + bytes(UInt32(count)) + [0, 0, 0, 0]
      }
      let list = damaged(
        bytes(UInt16(descriptors.count + 6)) + bytes(UInt16(descriptors.count)) + [0, 0, 0, 0] + descriptors)
      return ([0x42, once(in: 10) ? 1 : 0, 0, 0, 0, 0, 0] + bytes(UInt16(list.count)) + [0], list)
    }

    /// A page as MODE SENSE tells it goes back, with a bit of it changed.
    private mutating func modeSelect(_ disk: Disk) -> (cdb: [UInt8], dataOut: [UInt8]) {
      let page: UInt8 = [0x08, 0x0A, 0x1C, 0x01, 0x02, 0x3F][number(0...5)]
      let isLong = once(in: 2)
      let nexus = disk.login("iqn.2024-01.example:modes")
      let ask: [UInt8] = isLong ? [0x5A, 0, page, 0, 0, 0, 0, 1, 0, 0] : [0x1A, 0, page, 0, 255, 0]
      var list = disk.run(ask, nexus).dataIn
      disk.unit.detach(nexus)
      for index in list.indices.prefix(isLong ? 2 : 1) { list[index] = 0 }
      if list.count > 3 { list[isLong ? 3 : 2] = 0 }
      for index in list.indices.dropFirst(isLong ? 8 : 4) where once(in: 2) { list[index] &= 0x7f }
      list = damaged(list)
      let flags: UInt8 = once(in: 8) ? byte() : 0x10
      let count = UInt16(list.count)
      let cdb: [UInt8] =
        isLong
        ? [0x55, flags, 0, 0, 0, 0, 0] + bytes(count) + [0] : [0x15, flags, 0, 0, UInt8(clamping: count), 0]
      return (cdb, list)
    }

    private mutating func question() -> [UInt8] {
      switch number(0...9) {
      case 0...2:
        let pages: [UInt8] = [0, 0x80, 0x83, 0x86, 0xB0, 0xB1, 0xB2, 0xB7, 0x8F, byte()]
        return [0x12, once(in: 4) ? 0 : 1, pages[number(0...9)], byte(0...1), byte(), 0]
      case 3: return [0x1A, byte(0...1) * 8, byte(), byte(0...1) * 255, byte(), 0]
      case 4: return [0x5A, byte(0...3) * 8, byte(), 0, 0, 0, 0, byte(0...1), byte(), 0]
      case 5:
        return [0x9E, [0x10, 0x12, 0x12, byte(0...31)][number(0...3)]] + bytes(place().lba)
          + bytes(UInt32(number(0...200))) + [0, 0]
      case 6:
        let codes: [UInt8] = [0x28, 0x9E, 0xA3, 0x5E, 0x5F, 0x12, 0x89, byte()]
        return [
          0xA3, [0x0C, 0x0C, 0x0D, 0x0A][number(0...3)], byte(0...3) | (once(in: 3) ? 0x80 : 0),
          codes[number(0...7)], 0, byte(0...31), 0, 0, byte(0...16), 0, 0, 0,
        ]
      case 7: return [0xA0, 0, byte(0...3), 0, 0, 0, 0, 0, 0, byte(), 0, 0]
      case 8: return [0x25, 0] + bytes(UInt32(number(0...1))) + [0, 0, 0, 0]
      default:
        return [[0x03, 0x1B, 0x1E, 0x16, 0x17, 0x00][number(0...5)], byte(0...1), 0, 0, byte(0...3), 0]
      }
    }

    private mutating func damaged(_ list: [UInt8]) -> [UInt8] {
      var list = list
      if once(in: 5), !list.isEmpty { list[number(0...list.count - 1)] = byte() }
      if once(in: 12), !list.isEmpty { list.removeLast(number(1...list.count)) }
      return list
    }
  }

  @Test(arguments: [512, 4096]) func commandsOfEveryKindStayWithinBounds(blockLength: Int) throws {
    let kinds: [LogicalUnit.Deallocation] = [.readsZeros, .unsupported]
    let disks = try kinds.map {
      try Disk(blocks: Int(Self.blocks), blockLength: blockLength, deallocation: $0)
    }
    let fixed = try Disk(blocks: Int(Self.blocks), blockLength: blockLength, writeProtected: true)
    let nexuses = (disks + [fixed]).map { $0.login() }
    var commands = Commands(random: fuzzGenerator(blockLength == 512 ? 5 : 6), blockLength: blockLength)
    var good = 0
    let count = fuzzExecutions(3_000)
    for round in 0..<count {
      let which = round % 16 == 0 ? 2 : round & 1
      let disk = which == 2 ? fixed : disks[which]
      let (cdb, dataOut) = commands.next(on: disk)
      if round % 101 == 0 { disk.failure = 5 }
      let answer = disk.run(cdb, nexuses[which], expecting: 1 << 16, dataOut: dataOut)
      disk.failure = nil
      if answer.isGood { good += 1 }
      if !disk.faults.isEmpty {
        Issue.record("\(disk.faults) \(cdb)")
        return
      }
    }
    #expect(good > count / 4)
    #expect(!fixed.medium.contains { $0 != 0 }, "wrote to a write-protected unit")
  }
}
