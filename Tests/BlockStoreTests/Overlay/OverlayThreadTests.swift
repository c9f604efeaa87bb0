import Glibc
import Linux
import Testing

@testable import BlockStore

/// Sessions of one initiator on several threads, in the same blocks.
@Suite struct OverlayThreadTests {
  private static let threads = 4
  private static let sectors = 512

  /// Each thread has its own sectors of every block: what one copies from the base must not undo what another wrote.
  @Test(arguments: [UInt64(1), 2, 3]) func noWriteIsLost(seed: UInt64) throws {
    let bench = try OverlayBench(seed: seed, sectors: Self.sectors)
    let set = bench.persistent()
    let overlay = try set.acquire("iqn.a:one")
    let workers = try (0..<Self.threads).map { number in
      try ServiceThread(name: "writer") { Self.write(overlay, number, seed) }
    }
    for worker in workers { worker.join() }
    for sector in 0..<Self.sectors {
      #expect(try overlay.bytes(sector..<sector + 1) == Self.content(sector, round: Self.rounds))
    }
    #expect(overlay.usedBytes == UInt64(overlay.stored.setCount(in: 0..<overlay.stored.count)) * 4096)
    try overlay.synchronize()
    #expect(overlay.lostWritesErrno == nil)
  }

  private static let rounds = 6

  private static func content(_ sector: Int, round: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(truncatingIfNeeded: sector &* 7 &+ round), count: 512)
  }

  private static func write(_ overlay: Overlay, _ number: Int, _ seed: UInt64) {
    var random = SeededRandom(seed: seed &* 31 &+ UInt64(number))
    for round in 1...rounds {
      for sector in stride(from: number, to: sectors, by: threads).shuffled(using: &random) {
        // Now and then it goes by way of a hole.
        if sector % 5 == 0 { try? overlay.zero(sector..<sector + 1) }
        try? overlay.put(content(sector, round: round), at: sector)
      }
      if round == number { try? overlay.synchronize() }
    }
  }

  /// Deallocation on a helper thread beside writes of the same blocks: whatever comes last, the count is not below
  /// what is stored.
  @Test func deallocationBesideWritesKeepsTheCount() throws {
    let bench = try OverlayBench(seed: 9, sectors: Self.sectors)
    let budget = OverlayBudget(limit: 1 << 30)
    let set = OverlaySet(base: bench.base, lun: 0, options: OverlayOptions(budget: budget))
    let overlay = try set.acquire("iqn.a:one")
    let block = [UInt8](repeating: 5, count: 8 * 4096)
    let writer = try ServiceThread(name: "writer") {
      for index in 0..<2000 { try? overlay.put(block, at: index % 8 * 64) }
    }
    let discarder = try ServiceThread(name: "discarder") {
      for index in 0..<2000 { try? overlay.zero(index % 8 * 64..<index % 8 * 64 + 64) }
    }
    writer.join()
    discarder.join()
    #expect(overlay.usedBytes == UInt64(overlay.stored.setCount(in: 0..<64)) * 4096)
    #expect(budget.used == overlay.usedBytes)
    for block in 0..<64 where !overlay.stored.isSet(block..<block + 1) {
      let sectors = block * 8..<block * 8 + 8
      #expect(try overlay.bytes(sectors) == [UInt8](repeating: 0, count: 4096))
    }
  }
}
