import Synchronization
import Testing

@testable import TargetService

@Suite struct WriteGateTests {
  private final class Counters: Sendable {
    let writers = Atomic<Int>(0)
    let violations = Atomic<Int>(0)
    let held = Atomic<Int>(0)
  }

  @Test func aHolderWaitsForWritesAndHoldsOthersOff() {
    let gate = WriteGate(threads: 2)
    let counters = Counters()
    #expect(gate.enter())
    #expect(!gate.acquire { counters.held.add(1, ordering: .relaxed) })
    #expect(!gate.enter())
    #expect(gate.park(thread: 1))
    #expect(counters.held.load(ordering: .relaxed) == 0)
    gate.leave()
    #expect(counters.held.load(ordering: .relaxed) == 1)
    #expect(gate.release() == [0, 1])
    // The parked write is inside already.
    #expect(gate.enter())
    gate.leave()
    gate.leave()
    #expect(gate.acquire {})
    #expect(gate.release() == [0, 0])
  }

  @Test func parkedWritesComeBeforeTheNextHolder() {
    let gate = WriteGate(threads: 1)
    let counters = Counters()
    #expect(gate.acquire {})
    #expect(!gate.enter())
    #expect(gate.park(thread: 0))
    #expect(!gate.acquire { counters.held.add(1, ordering: .relaxed) })
    #expect(gate.release() == [1])
    #expect(counters.held.load(ordering: .relaxed) == 0)
    gate.leave()
    #expect(counters.held.load(ordering: .relaxed) == 1)
    #expect(gate.release() == [0])
    #expect(!gate.park(thread: 0))
  }

  @Test func nobodyIsInsideTogetherWithAHolder() async {
    let gate = WriteGate(threads: 1)
    let counters = Counters()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<5_000 {
            guard gate.enter() else {
              await Task.yield()
              continue
            }
            counters.writers.add(1, ordering: .sequentiallyConsistent)
            counters.writers.subtract(1, ordering: .sequentiallyConsistent)
            gate.leave()
          }
        }
      }
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<500 {
            await withCheckedContinuation { continuation in
              if gate.acquire({ continuation.resume() }) { continuation.resume() }
            }
            if counters.writers.load(ordering: .sequentiallyConsistent) != 0 {
              counters.violations.add(1, ordering: .relaxed)
            }
            counters.held.add(1, ordering: .relaxed)
            _ = gate.release()
          }
        }
      }
    }
    #expect(counters.violations.load(ordering: .relaxed) == 0)
    #expect(counters.held.load(ordering: .relaxed) == 1_000)
  }
}
