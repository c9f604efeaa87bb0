import SCSI
import Testing

@Suite struct ReservationTests {
  private let ready: [UInt8] = [0, 0, 0, 0, 0, 0]
  private let read = block10(0x28, lba: 0, count: 1)
  private let write = block10(0x2A, lba: 0, count: 1)
  private let block = pattern(512)

  private struct Pair {
    let disk: Disk
    let one: Nexus
    let two: Nexus

    init() throws {
      disk = try Disk()
      one = disk.login("iqn.2024-01.example:one")
      two = disk.login("iqn.2024-01.example:two")
    }

    func reserveOut(
      _ action: UInt8, _ nexus: Nexus, key: UInt64, newKey: UInt64 = 0, type: UInt8 = 0, flags: UInt8 = 0
    )
      -> CommandStatus
    {
      let list = bytes(key) + bytes(newKey) + [0, 0, 0, 0, flags, 0, 0, 0]
      return disk.run([0x5F, action, type, 0, 0, 0, 0, 0, 24, 0], nexus, dataOut: list).status
    }

    func reserveIn(_ action: UInt8) -> [UInt8] {
      disk.run([0x5E, action, 0, 0, 0, 0, 0, 2, 0, 0], one).dataIn
    }
  }

  @Test func reserveKeepsOthersOutUntilItIsReleasedOrItsNexusEnds() throws {
    let pair = try Pair()
    let disk = pair.disk
    #expect(disk.run([0x16, 0, 0, 0, 0, 0], pair.one).isGood)
    #expect(disk.run(read, pair.two).status == .reservationConflict)
    #expect(disk.run([0x16, 0, 0, 0, 0, 0], pair.two).status == .reservationConflict)
    #expect(disk.run([0x17, 0, 0, 0, 0, 0], pair.two).isGood)
    #expect(disk.run([0x12, 0, 0, 0, 96, 0], pair.two).isGood)
    #expect(disk.run(read, pair.two).status == .reservationConflict)
    #expect(disk.run(read, pair.one).isGood)
    disk.unit.detach(pair.one)
    #expect(disk.run(read, pair.two).isGood)
    #expect(disk.run([0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0], pair.two).isGood)
    disk.unit.reset()
    #expect(disk.run(ready, pair.two).sense == 0x6_2903)
    #expect(disk.run([0x17, 1, 0, 0, 0, 0], pair.two).sense == 0x5_2400)
  }

  /// For each type: what another registrant, and what anybody else, may do.
  @Test(
    arguments: [
      (1, true, false, true, false), (3, false, false, false, false), (5, true, true, true, false),
      (6, true, true, false, false), (7, true, true, true, false), (8, true, true, false, false),
    ] as [(UInt8, Bool, Bool, Bool, Bool)])
  func typesAdmitWhomTheyShould(
    type: UInt8, registrantReads: Bool, registrantWrites: Bool, otherReads: Bool, otherWrites: Bool
  ) throws {
    let pair = try Pair()
    let disk = pair.disk
    #expect(pair.reserveOut(0, pair.one, key: 0, newKey: 11) == .good)
    #expect(pair.reserveOut(6, pair.two, key: 0, newKey: 22) == .good)
    #expect(pair.reserveOut(1, pair.one, key: 11, type: type) == .good)
    #expect(pair.reserveIn(1).last.map { _ in pair.reserveIn(1)[21] } == type)
    #expect(disk.run(write, pair.one, dataOut: block).isGood)
    #expect(disk.run(read, pair.two).isGood == registrantReads)
    #expect(disk.run(write, pair.two, dataOut: block).isGood == registrantWrites)
    #expect(pair.reserveOut(0, pair.two, key: 22, newKey: 0) == .good)
    #expect(disk.run(read, pair.two).isGood == otherReads)
    #expect(disk.run(write, pair.two, dataOut: block).isGood == otherWrites)
    #expect(disk.run(ready, pair.two).isGood)
    #expect(pair.reserveOut(2, pair.one, key: 11, type: type) == .good)
    #expect(disk.run(write, pair.two, dataOut: block).isGood)
  }

  @Test func keysAreCheckedAndCounted() throws {
    let pair = try Pair()
    #expect(pair.reserveOut(0, pair.one, key: 5, newKey: 11) == .reservationConflict)
    #expect(pair.reserveOut(0, pair.one, key: 0, newKey: 11) == .good)
    #expect(pair.reserveOut(0, pair.one, key: 12, newKey: 13) == .reservationConflict)
    #expect(pair.reserveOut(0, pair.one, key: 11, newKey: 13) == .good)
    #expect(pair.reserveIn(0) == bytes(UInt32(2)) + bytes(UInt32(8)) + bytes(UInt64(13)))
    #expect(pair.reserveOut(1, pair.one, key: 11, type: 3) == .reservationConflict)
    #expect(pair.disk.run([0x16, 0, 0, 0, 0, 0], pair.one).status == .reservationConflict)
    #expect(pair.reserveOut(0, pair.two, key: 0, newKey: 7, flags: 0x01) != .good)
    #expect(pair.disk.run([0x5F, 0, 0, 0, 0, 0, 0, 0, 23, 0], pair.one, dataOut: block).sense == 0x5_1A00)
    #expect(pair.disk.run([0x5F, 8, 0, 0, 0, 0, 0, 0, 24, 0], pair.one, dataOut: block).sense == 0x5_2400)
    #expect(pair.disk.run([0x5F, 1, 0x13, 0, 0, 0, 0, 0, 24, 0], pair.one, dataOut: block).sense == 0x5_2400)
  }

  @Test func releaseNeedsTheRightTypeAndTellsRegistrants() throws {
    let pair = try Pair()
    _ = pair.reserveOut(0, pair.one, key: 0, newKey: 11)
    _ = pair.reserveOut(0, pair.two, key: 0, newKey: 22)
    #expect(pair.reserveOut(1, pair.one, key: 11, type: 5) == .good)
    #expect(pair.reserveOut(2, pair.one, key: 11, type: 6) == .checkCondition(Sense(key: 5, code: 0x2604)))
    #expect(pair.reserveOut(2, pair.two, key: 22, type: 5) == .good)
    #expect(pair.reserveOut(2, pair.one, key: 11, type: 5) == .good)
    #expect(pair.disk.run(ready, pair.two).sense == 0x6_2A04)
  }

  @Test func preemptTakesOver() throws {
    let pair = try Pair()
    _ = pair.reserveOut(0, pair.one, key: 0, newKey: 11)
    _ = pair.reserveOut(0, pair.two, key: 0, newKey: 22)
    _ = pair.reserveOut(1, pair.one, key: 11, type: 3)
    #expect(pair.reserveOut(4, pair.two, key: 22, newKey: 11, type: 1) == .good)
    #expect(pair.disk.run(ready, pair.one).sense == 0x6_2A05)
    #expect(pair.disk.run(write, pair.one, dataOut: block).status == .reservationConflict)
    #expect(pair.disk.run(write, pair.two, dataOut: block).isGood)
    #expect(pair.reserveIn(0) == bytes(UInt32(3)) + bytes(UInt32(8)) + bytes(UInt64(22)))
    #expect(pair.reserveOut(4, pair.two, key: 22, newKey: 99, type: 1) == .reservationConflict)
  }

  @Test func clearRemovesEverything() throws {
    let pair = try Pair()
    _ = pair.reserveOut(0, pair.one, key: 0, newKey: 11)
    _ = pair.reserveOut(0, pair.two, key: 0, newKey: 22)
    _ = pair.reserveOut(1, pair.one, key: 11, type: 3)
    #expect(pair.reserveOut(3, pair.two, key: 22) == .good)
    #expect(pair.disk.run(ready, pair.one).sense == 0x6_2A03)
    #expect(pair.reserveIn(0) == bytes(UInt32(3)) + bytes(UInt32(0)))
    #expect(pair.reserveIn(1) == bytes(UInt32(3)) + bytes(UInt32(0)))
  }

  @Test func registrationsOutliveTheNexusByPort() throws {
    let pair = try Pair()
    _ = pair.reserveOut(0, pair.one, key: 0, newKey: 11)
    _ = pair.reserveOut(1, pair.one, key: 11, type: 3)
    pair.disk.unit.detach(pair.one)
    let again = pair.disk.login("iqn.2024-01.example:one")
    #expect(pair.disk.run(write, again, dataOut: block).isGood)
    let elsewhere = pair.disk.login("iqn.2024-01.example:one", isid: 2)
    #expect(pair.disk.run(write, elsewhere, dataOut: block).status == .reservationConflict)
  }

  @Test func fullStatusNamesThePort() throws {
    let pair = try Pair()
    _ = pair.reserveOut(0, pair.one, key: 0, newKey: 11)
    _ = pair.reserveOut(1, pair.one, key: 11, type: 3)
    let data = pair.reserveIn(3)
    #expect(Int(data[7]) == data.count - 8)
    #expect(data[20] == 1 && data[21] == 3)
    #expect(data[32] == 0x45)
    let text = String(decoding: data[36...].prefix { $0 != 0 }, as: UTF8.self)
    #expect(text == "iqn.2024-01.example:one,i,0x000000000001")
    #expect(Array(pair.reserveIn(2)[..<6]) == [0, 8, 0x0C, 0x80, 0xEA, 0x01])
  }
}
