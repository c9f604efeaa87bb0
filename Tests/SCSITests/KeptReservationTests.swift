import Testing

@testable import SCSI

/// Persistent reservations that outlive the process (APTPL, SPC-4 5.13.5).
@Suite struct KeptReservationTests {
  private let one = "iqn.2024-01.example:one"
  private let two = "iqn.2024-01.example:two"
  private let write = block10(0x2A, lba: 0, count: 1)
  private let block = pattern(512)
  private let kept: UInt8 = 0x01

  private func makeDisk() throws -> Disk { try Disk { $0.keepsReservations = true } }

  private func reserveOut(
    _ disk: Disk, _ action: UInt8, _ nexus: Nexus, key: UInt64, newKey: UInt64 = 0, type: UInt8 = 0,
    flags: UInt8 = 0
  ) -> CommandStatus {
    let list = bytes(key) + bytes(newKey) + [0, 0, 0, 0, flags, 0, 0, 0]
    return disk.run([0x5F, action, type, 0, 0, 0, 0, 0, 24, 0], nexus, dataOut: list).status
  }

  private func reserveIn(_ disk: Disk, _ action: UInt8, _ nexus: Nexus) -> [UInt8] {
    disk.run([0x5E, action, 0, 0, 0, 0, 0, 0x20, 0, 0], nexus).dataIn
  }

  /// The unit after a restart.
  private func restart(_ disk: Disk) throws -> Disk {
    let next = try makeDisk()
    #expect(next.unit.restoreReservations(disk.kept) != nil)
    return next
  }

  @Test func everythingButTheGenerationIsThereAgain() throws {
    let disk = try makeDisk()
    let (first, second) = (disk.login(one), disk.login(two, isid: 0x8001_0203_0405))
    #expect(reserveIn(disk, 2, first)[2...3] == [0x0D, 0x80])
    #expect(reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept) == .good)
    #expect(disk.steps.last == .keepReservations)
    #expect(reserveOut(disk, 6, second, key: 0, newKey: 22, flags: kept | 0x04) == .good)
    #expect(reserveOut(disk, 1, second, key: 22, type: 3) == .good)
    #expect(disk.exclusions == 3 && disk.saves == 3)
    let next = try restart(disk)
    let (firstAgain, secondAgain) = (next.login(one), next.login(two, isid: 0x8001_0203_0405))
    let elsewhere = next.login(two, isid: 2)
    let (before, after) = (reserveIn(disk, 3, first), reserveIn(next, 3, firstAgain))
    #expect(before[4...] == after[4...] && before.count > 100)
    #expect(Array(before[..<4]) == bytes(UInt32(2)) && Array(after[..<4]) == bytes(UInt32(0)))
    #expect(reserveIn(next, 2, firstAgain)[2...3] == [0x0D, 0x81])
    #expect(next.run(write, secondAgain, dataOut: block).isGood)
    #expect(next.run(write, firstAgain, dataOut: block).status == .reservationConflict)
    #expect(next.run(write, elsewhere, dataOut: block).status == .reservationConflict)
    // And it is kept further, without being asked for again.
    #expect(reserveOut(next, 2, secondAgain, key: 22, type: 3) == .good)
    #expect(next.saves == 1 && next.kept != disk.kept)
    #expect(next.run(write, firstAgain, dataOut: block).isGood)
  }

  @Test(arguments: [1, 3, 5, 6, 7, 8] as [UInt8]) func everyTypeIsKept(type: UInt8) throws {
    let disk = try makeDisk()
    let first = disk.login(one)
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    #expect(reserveOut(disk, 1, first, key: 11, type: type) == .good)
    let next = try restart(disk)
    #expect(reserveIn(next, 1, next.login(one))[21] == type)
  }

  @Test func aLaterRegistrationTurnsItOff() throws {
    let disk = try makeDisk()
    let (first, second) = (disk.login(one), disk.login(two))
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    #expect(disk.kept != nil)
    #expect(reserveOut(disk, 0, second, key: 0, newKey: 22) == .good)
    #expect(disk.kept == nil && disk.saves == 2)
    #expect(reserveIn(disk, 2, first)[3] == 0x80)
    #expect(reserveOut(disk, 1, first, key: 11, type: 1) == .good)
    #expect(disk.saves == 2)
  }

  @Test func whereNothingIsRegisteredNothingIsKept() throws {
    let disk = try makeDisk()
    let first = disk.login(one)
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    #expect(reserveOut(disk, 3, first, key: 11) == .good)
    #expect(disk.kept == nil)
  }

  @Test func nothingChangesThatCannotBeKept() throws {
    let disk = try makeDisk()
    let (first, second) = (disk.login(one), disk.login(two))
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    let before = reserveIn(disk, 3, first)
    for (action, newKey) in [(0, 12), (3, 0), (4, 11)] as [(UInt8, UInt64)] {
      disk.failure = 28
      let status = reserveOut(disk, action, first, key: 11, newKey: newKey, type: 1, flags: kept)
      #expect(status == .checkCondition(.internalTargetFailure))
    }
    #expect(reserveIn(disk, 3, first) == before)
    #expect(disk.run([0, 0, 0, 0, 0, 0], second).isGood)
  }

  @Test func preemptAndAbortLetsParkedWritesGoFirst() throws {
    let disk = try makeDisk()
    let (first, second) = (disk.login(one), disk.login(two))
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    _ = reserveOut(disk, 0, second, key: 0, newKey: 22, flags: kept)
    _ = reserveOut(disk, 1, first, key: 11, type: 3)
    #expect(reserveOut(disk, 5, second, key: 22, newKey: 11, type: 3) == .good)
    #expect(disk.steps.suffix(3) == [.keepReservations, .admit, .abortPreempted(preemption: 1)])
    #expect(disk.run([0, 0, 0, 0, 0, 0], first).sense == 0x6_2A05)
  }

  @Test func moveCarriesTheBit() throws {
    let disk = try makeDisk()
    let first = disk.login(one)
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11)
    _ = reserveOut(disk, 1, first, key: 11, type: 3)
    #expect(disk.kept == nil)
    let port = InitiatorPort(name: two, isid: 1).transportID
    let list = bytes(UInt64(11)) + bytes(UInt64(22)) + [0, 0x01, 0, 1] + bytes(UInt32(port.count)) + port
    #expect(disk.run([0x5F, 7, 0, 0, 0] + bytes(UInt32(list.count)) + [0], first, dataOut: list).isGood)
    let next = try restart(disk)
    #expect(next.run(write, next.login(two), dataOut: block).isGood)
  }

  @Test func withoutAPlaceItIsRefused() throws {
    let disk = try Disk()
    let first = disk.login(one)
    #expect(reserveIn(disk, 2, first)[2...3] == [0x0C, 0x80])
    #expect(
      reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
        == .checkCondition(.invalidField(parameterByte: 20, bit: 0)))
    #expect(reserveOut(disk, 0, first, key: 0, newKey: 11) == .good)
    #expect(disk.exclusions == 0 && disk.saves == 0)
  }

  @Test func unknownReservationsKeepEveryoneOut() throws {
    let disk = try makeDisk()
    disk.unit.reservationsAreUnknown()
    let first = disk.unit.attach(InitiatorPort(name: one, isid: 1))
    #expect(disk.run([0, 0, 0, 0, 0, 0], first).sense == 0x6_2900)
    for _ in 0..<2 { #expect(disk.run([0, 0, 0, 0, 0, 0], first).sense == 0x2_0403) }
    #expect(disk.run(write, first, dataOut: block).sense == 0x2_0403)
    #expect(disk.run([0x5E, 0, 0, 0, 0, 0, 0, 0, 8, 0], first).sense == 0x2_0403)
    #expect(reserveOut(disk, 6, first, key: 0, newKey: 1) != .good)
    #expect(disk.run([0x12, 0, 0, 0, 96, 0], first).isGood)
    let sense = disk.run([0x03, 0, 0, 0, 18, 0], first).dataIn
    #expect(sense[2] == 0x2 && sense[12...13] == [0x04, 0x03])
    disk.unit.reset()
    #expect(disk.run([0, 0, 0, 0, 0, 0], first).sense == 0x6_2903)
    #expect(disk.run(block10(0x28, lba: 0, count: 1), first).sense == 0x2_0403)
  }

  @Test func nonsenseIsNoRecord() throws {
    let disk = try makeDisk()
    let first = disk.login(one)
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11, flags: kept)
    _ = reserveOut(disk, 1, first, key: 11, type: 3)
    let record = try #require(disk.kept)
    #expect(PersistentReservations(record: record)?.registrations.count == 1)
    for length in 0..<record.count {
      #expect(PersistentReservations(record: Array(record[..<length])) == nil)
    }
    #expect(PersistentReservations(record: record + [0]) == nil)
    #expect(PersistentReservations(record: record + record[8...]) == nil)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10_000 {
      var bent = record
      bent[Int.random(in: bent.indices, using: &random)] = .random(in: 0...255, using: &random)
      _ = PersistentReservations(record: bent)
    }
  }
}
