import Testing

@testable import TargetService

@Suite struct AdaptiveSpinTests {
  @Test func looksOnlyWhileAnswersFollowClosely() {
    var spin = AdaptiveSpin()
    #expect(spin.spin == 0)
    // Long sleeps say nothing.
    spin.learn(.sleeping, slept: 1_000_000)
    #expect(spin.spin == 0)
    // A short one does: looking would have found it.
    spin.learn(.sleeping, slept: 40_000)
    #expect(spin.spin == AdaptiveSpin.budget)
    // Found while looking: worth going on.
    spin.learn(.spinning, slept: 10_000)
    for _ in 0..<7 { spin.learn(.sleeping, slept: 1_000_000) }
    #expect(spin.spin == AdaptiveSpin.budget)
    spin.learn(.timeout, slept: 1_000_000_000)
    #expect(spin.spin == 0)
  }

  @Test func givesUpSoonerWhereWorkComesSooner() {
    var spin = AdaptiveSpin()
    for _ in 0..<50 { spin.learn(.spinning, slept: 3_000) }
    #expect((4_000..<12_000).contains(spin.spin))
    // An initiator that waits for each answer takes its place: what comes just after looking was given up counts.
    for _ in 0..<50 { spin.learn(.sleeping, slept: 60_000) }
    #expect(spin.spin == AdaptiveSpin.budget)
    for _ in 0..<200 { spin.learn(.spinning, slept: 0) }
    #expect(spin.spin > 0)
  }
}
