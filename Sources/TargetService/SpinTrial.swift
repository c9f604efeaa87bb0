/// Finds out whether looking for work pays, by doing without for a moment.
///
/// Looking saves an initiator that waits for answers the time it takes to wake a thread. One that is busy with answers
/// does not wait: for that one looking only takes work in smaller pieces, at a higher price for each. The two cannot be
/// told apart by what arrives, so now and then the other way is tried, and the rates of both are compared.
struct SpinTrial: Hashable, Sendable {
  /// Nanoseconds in which commands are counted, once each way.
  static let window: UInt64 = 4_000_000
  /// Nanoseconds between trials: after a start or a change of mind, and when nothing changes.
  static let (shortestPause, longestPause): (UInt64, UInt64) = (4_000_000, 512_000_000)
  /// Percent of the rate that may be lost by sleeping, for the processor time that it saves.
  static let tolerance = 6
  /// Commands in a window below which it tells nothing.
  static let leastCommands = 40

  private enum Phase { case pause, reference, trial }

  /// Whether to sleep at once.
  var sleeps: Bool { prefersSleep != (phase == .trial) }

  private var prefersSleep = false
  private var phase = Phase.pause
  private var phaseEnd: UInt64 = 0
  private var pause = shortestPause
  private var commands = 0
  private var reference = 0

  /// To be called once per turn of a thread's loop.
  ///
  /// - Parameters:
  ///   - served: commands that came in this turn.
  ///   - now: nanoseconds.
  @inline(__always) mutating func note(_ served: Int, now: UInt64) {
    commands += served
    if now >= phaseEnd { next(now) }
  }

  private mutating func next(_ now: UInt64) {
    let late = now &- phaseEnd
    switch phase {
    // Nothing came meanwhile, and what comes now may be another initiator's.
    case _ where late > Self.longestPause: forget(now)
    case .pause: enter(.reference, now, Self.window)
    // Not as long as the other window.
    case _ where late > Self.window / 2: enter(.pause, now, pause)
    case .reference where commands < Self.leastCommands: forget(now)
    case .reference:
      reference = commands
      enter(.trial, now, Self.window)
    case .trial:
      let (sleeping, looking) = prefersSleep ? (reference, commands) : (commands, reference)
      let isSleepBetter = sleeping * 100 >= looking * (100 - Self.tolerance)
      pause = isSleepBetter == prefersSleep ? min(pause * 2, Self.longestPause) : Self.shortestPause
      prefersSleep = isSleepBetter
      enter(.pause, now, pause)
    }
  }

  /// Looking is what does no harm to those that wait.
  private mutating func forget(_ now: UInt64) {
    prefersSleep = false
    pause = Self.shortestPause
    enter(.pause, now, pause)
  }

  private mutating func enter(_ phase: Phase, _ now: UInt64, _ length: UInt64) {
    self.phase = phase
    phaseEnd = now &+ length
    commands = 0
  }
}
