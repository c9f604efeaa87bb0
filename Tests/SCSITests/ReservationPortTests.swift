import Testing

@testable import SCSI

/// Persistent reservations that name other ports than the one that asks.
@Suite struct ReservationPortTests {
  private let one = "iqn.2024-01.example:one"
  private let two = "iqn.2024-01.example:two"
  private let write = block10(0x2A, lba: 0, count: 1)
  private let block = pattern(512)

  private func reserveOut(
    _ disk: Disk, _ action: UInt8, _ nexus: Nexus, key: UInt64, newKey: UInt64 = 0, type: UInt8 = 0
  ) -> CommandStatus {
    send(disk, action, nexus, bytes(key) + bytes(newKey) + [UInt8](repeating: 0, count: 8), type: type)
  }

  private func send(_ disk: Disk, _ action: UInt8, _ nexus: Nexus, _ list: [UInt8], type: UInt8 = 0)
    -> CommandStatus
  {
    disk.run([0x5F, action, type, 0, 0] + bytes(UInt32(list.count)) + [0], nexus, dataOut: list).status
  }

  private func specified(key: UInt64, _ ports: [[UInt8]], flags: UInt8 = 0x08) -> [UInt8] {
    let identifiers = ports.flatMap { $0 }
    return bytes(UInt64(0)) + bytes(key) + [0, 0, 0, 0, flags, 0, 0, 0] + bytes(UInt32(identifiers.count))
      + identifiers
  }

  private func move(key: UInt64, newKey: UInt64, to port: [UInt8], flags: UInt8 = 0, target: UInt16 = 1)
    -> [UInt8]
  {
    bytes(key) + bytes(newKey) + [0, flags] + bytes(target) + bytes(UInt32(port.count)) + port
  }

  @Test func preemptAndAbortEndsTheTasksOfTheOther() throws {
    let disk = try Disk()
    let (first, second) = (disk.login(one), disk.login(two))
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11)
    _ = reserveOut(disk, 0, second, key: 0, newKey: 22)
    _ = reserveOut(disk, 1, first, key: 11, type: 3)
    #expect(reserveOut(disk, 5, second, key: 22, newKey: 11, type: 3) == .good)
    #expect(disk.steps.contains(.abortPreempted(preemption: 1)))
    #expect(!first.isPreempted && !second.isPreempted)
    #expect(disk.run([0, 0, 0, 0, 0, 0], first).sense == 0x6_2A05)
    #expect(disk.run(write, first, dataOut: block).status == .reservationConflict)
    // Nobody there to abort anything of.
    _ = reserveOut(disk, 6, first, key: 0, newKey: 33)
    disk.unit.detach(first)
    #expect(reserveOut(disk, 5, second, key: 22, newKey: 33, type: 3) == .good)
    #expect(!disk.steps.contains { if case .abortPreempted = $0 { true } else { false } })
  }

  @Test func registerAndMoveGivesTheReservationAway() throws {
    let disk = try Disk()
    let (first, second) = (disk.login(one), disk.login(two))
    let other = InitiatorPort(name: two, isid: 1)
    _ = reserveOut(disk, 0, first, key: 0, newKey: 11)
    let good = move(key: 11, newKey: 22, to: other.transportID, flags: 0x02)
    #expect(send(disk, 7, first, good) == .reservationConflict)  // it holds nothing yet
    _ = reserveOut(disk, 1, first, key: 11, type: 3)
    #expect(send(disk, 7, second, good) == .reservationConflict)
    #expect(send(disk, 7, first, move(key: 12, newKey: 22, to: other.transportID)) == .reservationConflict)
    for bad in [
      move(key: 11, newKey: 0, to: other.transportID), move(key: 11, newKey: 22, to: first.port.transportID),
      move(key: 11, newKey: 22, to: other.transportID, target: 2),
      move(key: 11, newKey: 22, to: [0x05] + other.transportID.dropFirst()),
      move(key: 11, newKey: 22, to: other.transportID, flags: 0x01),
    ] {
      guard case .checkCondition(let sense) = send(disk, 7, first, bad) else {
        Issue.record("took \(bad)")
        continue
      }
      #expect(sense.code == 0x2600)
    }
    #expect(send(disk, 7, first, good) == .good)
    #expect(disk.run(write, second, dataOut: block).isGood)
    #expect(disk.run(write, first, dataOut: block).status == .reservationConflict)
    // UNREG: only the receiver is registered now.
    #expect(disk.run([0x5E, 0, 0, 0, 0, 0, 0, 2, 0, 0], first).dataIn[7] == 8)
  }

  @Test func othersCanBeRegisteredToo() throws {
    let disk = try Disk()
    let (first, second) = (disk.login(one), disk.login(two))
    let other = InitiatorPort(name: two, isid: 1).transportID
    #expect(
      send(disk, 0, first, specified(key: 7, [other, other]))
        == .checkCondition(.invalidField(parameterByte: 24)))
    #expect(send(disk, 0, first, specified(key: 7, [other.dropLast(4) + []])) != .good)
    #expect(send(disk, 6, first, specified(key: 7, [other])) == .checkCondition(.parameterListLengthError))
    #expect(send(disk, 0, first, specified(key: 7, [other], flags: 0x0C)) == .good)
    #expect(reserveOut(disk, 1, second, key: 7, type: 5) == .good)
    let status = disk.run([0x5E, 3, 0, 0, 0, 0, 0, 4, 0, 0], first).dataIn
    #expect(status[20] == 0x02)  // ALL_TG_PT, no holder
    // All or none.
    let third = InitiatorPort(name: "iqn.2024-01.example:three", isid: 1).transportID
    let again = disk.login("iqn.2024-01.example:four")
    #expect(send(disk, 0, again, specified(key: 8, [third, other])) != .good)
    #expect(disk.run([0x5E, 0, 0, 0, 0, 0, 0, 2, 0, 0], first).dataIn[7] == 16)
  }

  @Test func transportIdentifiersAreReadAsTheyAreWritten() throws {
    let port = InitiatorPort(name: one, isid: 0x8000_1234_5678)
    let identifier = port.transportID
    identifier.withUnsafeBytes {
      let read = InitiatorPort.read($0, at: 0)
      #expect(read?.port == port && read?.length == identifier.count)
      #expect(InitiatorPort.read($0, at: 4) == nil)
      #expect(InitiatorPort.read(UnsafeRawBufferPointer(rebasing: $0.dropLast()), at: 0) == nil)
    }
  }

  @Test func registrationsAreNotWithoutEnd() throws {
    let disk = try Disk()
    for number in 1...PersistentReservations.limit {
      let nexus = disk.unit.attach(InitiatorPort(name: "iqn.x", isid: UInt64(number)))
      _ = disk.run([0, 0, 0, 0, 0, 0], nexus)
      #expect(reserveOut(disk, 0, nexus, key: 0, newKey: 1) == .good)
      disk.unit.detach(nexus)
    }
    let last = disk.login()
    #expect(reserveOut(disk, 0, last, key: 0, newKey: 1) == .checkCondition(Sense(key: 5, code: 0x5504)))
  }
}
