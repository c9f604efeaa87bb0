import Synchronization
import Testing

@testable import TargetService

@Suite struct TaskAbortTests {
  @Test func isFinishedWhenTheLastHolderLeaves() {
    let counter = Counter()
    let abort = TaskAbort(backend: nil, tsih: nil, holders: 2) { counter.increment() }
    abort.pending.enter()
    abort.pending.leave()
    abort.pending.leave()
    #expect(counter.value == 0)
    abort.pending.leave()
    #expect(counter.value == 1)
  }

  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func increment() { count.wrappingAdd(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
  }
}
