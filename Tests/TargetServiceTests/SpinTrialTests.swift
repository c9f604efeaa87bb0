import Testing

@testable import TargetService

@Suite struct SpinTrialTests {
  private var trial = SpinTrial()
  private var now: UInt64 = 1_000_000_000

  /// Lets commands come for some milliseconds, at rates per millisecond that depend on what the thread does.
  ///
  /// - Returns: the part of the time in which it slept.
  private mutating func run(_ milliseconds: Int, looking: Int, sleeping: Int) -> Double {
    var slept = 0
    for _ in 0..<milliseconds {
      now += 1_000_000
      let rate = trial.sleeps ? sleeping : looking
      slept += trial.sleeps ? 1 : 0
      trial.note(rate, now: now)
    }
    return Double(slept) / Double(milliseconds)
  }

  @Test func anInitiatorThatWaitsIsLookedAfter() {
    var test = self
    #expect(!test.trial.sleeps)
    #expect(test.run(4000, looking: 400, sleeping: 200) < 0.02)
  }

  @Test func oneThatIsBusyIsSleptFor() {
    var test = self
    _ = test.run(100, looking: 1500, sleeping: 1500)
    #expect(test.run(4000, looking: 1500, sleeping: 1500) > 0.98)
    // Another one, which waits.
    _ = test.run(1000, looking: 400, sleeping: 200)
    #expect(test.run(4000, looking: 400, sleeping: 200) < 0.02)
  }

  @Test func whatSleepingCostsIsTolerated() {
    var test = self
    _ = test.run(100, looking: 2000, sleeping: 1900)
    #expect(test.run(2000, looking: 2000, sleeping: 1900) > 0.98)
    test = self
    #expect(test.run(4000, looking: 2000, sleeping: 1800) < 0.02)
  }

  @Test func fewCommandsTellNothing() {
    var test = self
    #expect(test.run(4000, looking: 5, sleeping: 1000) == 0)
  }

  @Test func fewCommandsAreNotSleptForEither() {
    var test = self
    _ = test.run(4000, looking: 1500, sleeping: 1500)
    #expect(test.trial.sleeps)
    _ = test.run(600, looking: 15, sleeping: 5)
    #expect(test.run(4000, looking: 15, sleeping: 5) < 0.02)
  }

  @Test func aWindowThatLastedLongerIsNoMeasure() {
    var test = self
    for _ in 0..<200 {
      // A burst, and then nothing for a while.
      test.now += test.trial.sleeps ? 1_000_000 : 50_000_000
      test.trial.note(100, now: test.now)
    }
    #expect(!test.trial.sleeps)
  }

  @Test func afterAWhileOfNothingItIsTriedAnew() {
    var test = self
    _ = test.run(4000, looking: 1500, sleeping: 1500)
    test.now += 10 * SpinTrial.longestPause
    _ = test.run(100, looking: 400, sleeping: 200)
    #expect(test.run(1000, looking: 400, sleeping: 200) < 0.05)
  }
}
