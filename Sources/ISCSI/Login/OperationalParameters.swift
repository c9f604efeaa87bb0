/// What both sides agreed on in the operational stage (RFC 7143 13), from the target's point of view.
public struct OperationalParameters: Hashable, Sendable {
  public var headerDigest = false
  public var dataDigest = false
  /// Longest data segment that the initiator takes; 8192 unless it declares another.
  public var initiatorMaximumDataLength = 8192
  /// Longest data segment that the target takes: what it declared, or 8192 where it was not asked.
  public var targetMaximumDataLength = 8192
  public var maximumBurstLength = 262_144
  public var firstBurstLength = 65_536
  public var initialR2T = true
  public var immediateData = true
  public var maximumOutstandingR2T = 1
  public var maximumConnections = 1

  public init() {}

  /// What a further connection of a session works with: digests and data lengths are its own, the rest is the session's.
  func joining(_ session: OperationalParameters) -> OperationalParameters {
    var result = session
    result.headerDigest = headerDigest
    result.dataDigest = dataDigest
    result.initiatorMaximumDataLength = initiatorMaximumDataLength
    result.targetMaximumDataLength = targetMaximumDataLength
    return result
  }

  /// Unsolicited bytes that the initiator may send for one command, immediate data included.
  public var unsolicitedLimit: Int { min(firstBurstLength, maximumBurstLength) }
}

/// The most that the target takes in each parameter.
public struct OperationalLimits: Hashable, Sendable {
  /// Declared MaxRecvDataSegmentLength. At least `firstBurstLength`: edk2 sends a FirstBurstLength of unsolicited
  /// data on top of the immediate data where the former is larger.
  public var maximumDataLength = 262_144
  public var maximumBurstLength = 1_048_576
  public var firstBurstLength = 262_144
  /// Connections of a session.
  public var maximumConnections = 8
  /// Ask for every byte of a write by R2T.
  public var initialR2T = false

  public init() {}
}
