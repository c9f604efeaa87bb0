/// Whether the initiator is still there: pings by NOP-In, but only to peers that know pings (RFC 7143 11.19).
///
/// iPXE and edk2 never answer one, and never send one. So only a peer that has sent a ping itself gets one, and only
/// one that has answered before is given up when it does not.
public struct KeepAlive: Hashable, Sendable {
  /// Times in nanoseconds of any steady clock.
  public static let interval: UInt64 = 15_000_000_000
  public static let patience: UInt64 = 30_000_000_000

  private(set) var knowsPings = false
  private var hasAnswered = false
  private var lastHeard: UInt64 = 0
  private var outstanding: (tag: UInt32, since: UInt64)?
  private var nextTag: UInt32 = 0

  public enum Action: Hashable, Sendable {
    case nothing
    case ping(tag: UInt32)
    case giveUp
  }

  mutating func peerPinged() { knowsPings = true }

  mutating func answered(tag: UInt32) {
    guard let outstanding, outstanding.tag == tag else { return }
    hasAnswered = true
    self.outstanding = nil
  }

  /// Something arrived from the initiator.
  public mutating func heard(at now: UInt64) { lastHeard = now }

  /// To be called every few seconds.
  public mutating func tick(at now: UInt64) -> Action {
    if let outstanding {
      let silence = now &- max(outstanding.since, lastHeard)
      return hasAnswered && now > max(outstanding.since, lastHeard) && silence > Self.patience
        ? .giveUp : .nothing
    }
    guard knowsPings, now > lastHeard, now - lastHeard > Self.interval else { return .nothing }
    nextTag = (nextTag + 1) & 0x7fff_ffff
    outstanding = (nextTag, now)
    return .ping(tag: nextTag)
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.knowsPings == right.knowsPings && left.hasAnswered == right.hasAnswered
      && left.lastHeard == right.lastHeard && left.outstanding?.tag == right.outstanding?.tag
      && left.outstanding?.since == right.outstanding?.since && left.nextTag == right.nextTag
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(lastHeard)
    hasher.combine(nextTag)
  }
}
