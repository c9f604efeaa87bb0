/// Logout Request (RFC 7143 11.14).
public struct LogoutRequestPDU: Hashable, Sendable {
  /// Why the initiator logs out (11.14.1).
  public enum Reason: UInt8, Hashable, Sendable {
    case closeSession = 0
    case closeConnection = 1
    case removeForRecovery = 2
  }

  public var isImmediate = true
  /// nil for numbers that are not assigned.
  public var reason: Reason?
  public var initiatorTaskTag: UInt32
  public var cid: UInt16 = 0
  public var cmdSN: UInt32
  public var expStatSN: UInt32 = 0

  public init(reason: Reason, initiatorTaskTag: UInt32, cmdSN: UInt32) {
    self.reason = reason
    self.initiatorTaskTag = initiatorTaskTag
    self.cmdSN = cmdSN
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    isImmediate = header.isImmediate
    reason = Reason(rawValue: bytes.byte(1) & 0x7f)
    initiatorTaskTag = header.initiatorTaskTag
    cid = bytes.big16(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.logoutRequest, immediate: isImmediate, flags: 0x80 | (reason?.rawValue ?? 0))
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(cid, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
  }
}

/// Logout Response (11.15).
public struct LogoutResponsePDU: Hashable, Sendable {
  /// How the logout went (11.15.1).
  public enum Outcome: UInt8, Hashable, Sendable {
    case closed = 0
    case cidNotFound = 1
    case recoveryNotSupported = 2
    case cleanupFailed = 3
  }

  public var outcome: Outcome
  public var initiatorTaskTag: UInt32
  public var numbers: SequenceNumbers
  public var time2Wait: UInt16 = 0
  public var time2Retain: UInt16 = 0

  public init(outcome: Outcome, initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.outcome = outcome
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    outcome = Outcome(rawValue: bytes.byte(2)) ?? .cleanupFailed
    initiatorTaskTag = header.initiatorTaskTag
    numbers = SequenceNumbers(bytes)
    time2Wait = bytes.big16(40)
    time2Retain = bytes.big16(42)
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.logoutResponse, flags: 0x80)
    bytes.put(outcome.rawValue, at: 2)
    bytes.putBig(initiatorTaskTag, at: 16)
    numbers.encode(to: bytes)
    bytes.putBig(time2Wait, at: 40)
    bytes.putBig(time2Retain, at: 42)
  }
}
