import Testing

@testable import SCSI

/// Parameter lists that are nearly right: most get past the first look, and all end.
@Suite struct ListFuzzTests {
  private static let names = ["one", "two", "three"].map { "iqn.2024-01.example:\($0)" }

  private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<[0, 0, 1, 1, 3][Int.random(in: 0..<5, using: &random)] where !bytes.isEmpty {
      let index = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
      case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: bytes[index] = 0xFF
      case 3: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
      default: bytes.append(UInt8.random(in: .min ... .max, using: &random))
      }
    }
    return bytes
  }

  private func reserveOut(_ random: inout SeededGenerator) -> (cdb: [UInt8], list: [UInt8]) {
    let action = UInt8.random(in: 0...7, using: &random)
    func key() -> [UInt8] { bytes(UInt64.random(in: 0...3, using: &random)) }
    let port = InitiatorPort(
      name: Self.names[Int.random(in: 0..<3, using: &random)], isid: UInt64.random(in: 1...2, using: &random)
    ).transportID
    var list = key() + key()
    if action == 7 {
      list += [0, UInt8.random(in: 0...3, using: &random), 0, 1] + bytes(UInt32(port.count)) + port
    } else {
      let withPorts = action == 0 && Bool.random(using: &random)
      let flags = (withPorts ? 8 : 0) | (Bool.random(using: &random) ? 4 : 0) as UInt8
      list += [0, 0, 0, 0, flags, 0, 0, 0]
      if withPorts { list += bytes(UInt32(port.count)) + port }
    }
    list = mutate(list, &random)
    let type = UInt8([1, 3, 5, 6, 7, 8, 2][Int.random(in: 0..<7, using: &random)])
    return ([0x5F, action, type, 0, 0] + bytes(UInt32(list.count)) + [0], list)
  }

  private func extendedCopy(_ random: inout SeededGenerator) -> (cdb: [UInt8], list: [UInt8]) {
    let target: [UInt8] =
      [0xE4, 0, 0, 0, 1, 3, 0, 8] + bytes(UInt64(0x3123_4567_89AB_CDEF)) + [UInt8](repeating: 0, count: 16)
    let targets = [[UInt8]](repeating: target, count: Int.random(in: 0...3, using: &random)).flatMap { $0 }
    var segments: [UInt8] = []
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      segments += [2, 0, 0, 24] + bytes(UInt16.random(in: 0...1, using: &random))
      segments += bytes(UInt16.random(in: 0...1, using: &random)) + [0, 0]
      segments += bytes(UInt16.random(in: 0...300, using: &random))
      segments += bytes(UInt64.random(in: 0...1100, using: &random))
      segments += bytes(UInt64.random(in: 0...1100, using: &random))
    }
    let header: [UInt8] =
      [UInt8.random(in: 0...3, using: &random), UInt8.random(in: 0...3, using: &random) << 3]
      + bytes(UInt16(targets.count)) + [0, 0, 0, 0] + bytes(UInt32(segments.count)) + [0, 0, 0, 0]
    let list = mutate(header + targets + segments, &random)
    return ([0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0] + bytes(UInt32(list.count)) + [0, 0], list)
  }

  private func query(_ random: inout SeededGenerator) -> [UInt8] {
    switch Int.random(in: 0..<5, using: &random) {
    case 0: [0x4D, 0, UInt8.random(in: 0...255, using: &random), 0, 0, 0, 0, 1, 0, 0]
    case 1: [0x4C, UInt8.random(in: 0...3, using: &random), 0, 0, 0, 0, 0, 0, 0, 0]
    case 2:
      [0x84, UInt8.random(in: 0...5, using: &random), UInt8.random(in: 0...3, using: &random)]
        + [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    case 3: [0xA3, 0x0A | UInt8.random(in: 0...7, using: &random) << 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    default: [0x5E, UInt8.random(in: 0...4, using: &random), 0, 0, 0, 0, 0, 16, 0, 0]
    }
  }

  @Test func everyListEndsTheCommandWithinBounds() throws {
    var random = fuzzGenerator(4)
    let disk = try Disk()
    var nexuses = Self.names.map { disk.login($0) }
    var good = 0
    for round in 0..<fuzzExecutions(6_000) {
      let who = Int.random(in: 0..<nexuses.count, using: &random)
      let (cdb, list) =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: extendedCopy(&random)
        case 1: (query(&random), [])
        default: reserveOut(&random)
        }
      if round % 97 == 0 { disk.failure = 5 }
      if disk.run(cdb, nexuses[who], dataOut: list).isGood { good += 1 }
      disk.failure = nil
      #expect(disk.faults.isEmpty, "\(cdb) \(list)")
      if !disk.faults.isEmpty { return }
      checkReservations(disk)
      if round % 211 == 210 {
        disk.unit.detach(nexuses[who])
        nexuses[who] = disk.login(Self.names[who], isid: UInt64.random(in: 1...2, using: &random))
      }
    }
    #expect(good > 500)
  }

  /// A reservation has a holder who is registered, nobody twice, and no key is zero.
  private func checkReservations(_ disk: Disk) {
    let state = disk.unit.shared.withLock { $0.persistent }
    let ports = state.registrations.map(\.port)
    #expect(Set(ports).count == ports.count)
    #expect(!state.registrations.contains { $0.key == 0 })
    if let held = state.reservation {
      #expect(held.type.isAllRegistrants ? !ports.isEmpty : ports.contains(held.holder))
    }
  }
}
