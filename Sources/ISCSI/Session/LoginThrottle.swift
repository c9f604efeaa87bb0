/// Slows down guessing: an address whose logins fail too often is turned away for a while.
public struct LoginThrottle: Hashable, Sendable {
  /// Failures within `window` after which an address is turned away.
  public static let allowance = 10
  /// Nanoseconds.
  public static let window: UInt64 = 60_000_000_000
  /// Addresses remembered; beyond it the one silent for longest is forgotten.
  public static let capacity = 256

  private(set) var failures: [String: [UInt64]] = [:]

  public init() {}

  /// Whether a login from `address` is to be turned away at `now`, in nanoseconds of a steady clock.
  public func isBlocked(_ address: String, at now: UInt64) -> Bool {
    guard let times = failures[address] else { return false }
    return times.count(where: { Self.isRecent($0, at: now) }) >= Self.allowance
  }

  /// Threads may look at their clocks in another order than they come here: what is ahead of `now` is not long ago.
  private static func isRecent(_ time: UInt64, at now: UInt64) -> Bool { time >= now || now - time < window }

  public mutating func failed(_ address: String, at now: UInt64) {
    var times = failures[address, default: []].filter { Self.isRecent($0, at: now) }
    if times.count >= Self.allowance { times.removeFirst() }
    times.append(now)
    failures[address] = times
    if failures.count > Self.capacity,
      let oldest = failures.min(by: { ($0.value.last ?? 0) < ($1.value.last ?? 0) })
    {
      failures[oldest.key] = nil
    }
  }

  public mutating func succeeded(_ address: String) { failures[address] = nil }
}
