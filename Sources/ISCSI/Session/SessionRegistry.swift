/// The sessions of a target, and who may have one: reinstatement, one initiator name on writable units, limits.
public struct SessionRegistry: Hashable, Sendable {
  /// A session as the registry knows it.
  public struct Entry: Hashable, Sendable {
    public var tsih: UInt16
    public var identity: LoginIdentity
  }

  /// Most sessions at a time, discovery included.
  public let limit: Int
  /// Whether only one initiator name may have normal sessions, because a unit can be written to.
  public var isExclusive: Bool
  public private(set) var entries: [Entry] = []
  private var lastTSIH: UInt16 = 0

  public init(limit: Int, isExclusive: Bool) {
    self.limit = limit
    self.isExclusive = isExclusive
  }

  public enum Decision: Hashable, Sendable {
    case admit(tsih: UInt16)
    /// The same initiator port again: end that session first, then ask once more (RFC 7143 6.3.5).
    case reinstate(ending: UInt16)
    case refuse(LoginFailure)
  }

  /// Decides about a login. Two sessions of one initiator with different ISIDs live side by side: the half-open one
  /// of a boot loader and that of the operating system it started.
  public mutating func decide(_ identity: LoginIdentity) -> Decision {
    if let old = entries.first(where: { $0.identity.isSamePort(as: identity) }) {
      return .reinstate(ending: old.tsih)
    }
    if isExclusive, identity.type == .normal,
      let other = entries.first(where: {
        $0.identity.type == .normal && $0.identity.initiatorName != identity.initiatorName
      })
    {
      return .refuse(.inUse(by: other.identity.initiatorName))
    }
    guard entries.count < limit, entries.count < Int(UInt16.max) else { return .refuse(.tooManySessions) }
    repeat {
      lastTSIH = lastTSIH == .max ? 1 : lastTSIH + 1
    } while entries.contains { $0.tsih == lastTSIH }
    entries.append(Entry(tsih: lastTSIH, identity: identity))
    return .admit(tsih: lastTSIH)
  }

  /// The session is over and nothing of it is on its way any more.
  public mutating func remove(tsih: UInt16) { entries.removeAll { $0.tsih == tsih } }
}

extension LoginIdentity {
  /// Whether both are the same nexus and kind of session: a login of one reinstates the other. The same initiator port
  /// at another portal group is another nexus (RFC 7143 4.4.3).
  func isSamePort(as other: LoginIdentity) -> Bool {
    initiatorName == other.initiatorName && isid == other.isid && type == other.type
      && portalGroupTag == other.portalGroupTag
  }
}
