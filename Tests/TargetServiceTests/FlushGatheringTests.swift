import Testing

@testable import TargetService

@Suite struct FlushGatheringTests {
  private func waiter(_ thread: Int, _ request: Int) -> FlushGathering.Waiter {
    FlushGathering.Waiter(thread: thread, request: request)
  }

  @Test func whoComesDuringAFlushSharesTheNext() {
    let flushing = FlushGathering()
    #expect(flushing.beginOrJoin(waiter(0, 1)))
    #expect(!flushing.beginOrJoin(waiter(0, 2)))
    #expect(!flushing.beginOrJoin(waiter(1, 3)))
    #expect(!flushing.beginOrJoin(waiter(1, 4)))
    #expect(!flushing.begin())

    // The first served nobody else: it began before the others came. The next is carried out where the first was.
    let first = flushing.end(on: 1)
    #expect(first.served == [])
    #expect(first.next == waiter(1, 3))
    #expect(!flushing.beginOrJoin(waiter(0, 5)))

    let second = flushing.end(on: 1)
    #expect(second.served == [waiter(0, 2), waiter(1, 4)])
    #expect(second.next == waiter(0, 5))
    let third = flushing.end(on: 0)
    #expect(third.served == [])
    #expect(third.next == nil)
    #expect(!flushing.isUnderWay)
    #expect(flushing.begin())
  }
}
