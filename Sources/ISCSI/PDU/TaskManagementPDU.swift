/// Task management functions (RFC 7143 11.5.1).
public enum TaskManagementFunction: UInt8, Hashable, Sendable {
  case abortTask = 1
  case abortTaskSet = 2
  case clearACA = 3
  case clearTaskSet = 4
  case logicalUnitReset = 5
  case targetWarmReset = 6
  case targetColdReset = 7
  case taskReassign = 8
}

/// Answers to task management functions (11.6.1).
public enum TaskManagementOutcome: UInt8, Hashable, Sendable {
  case complete = 0
  case taskDoesNotExist = 1
  case lunDoesNotExist = 2
  case taskStillAllegiant = 3
  case reassignmentNotSupported = 4
  case notSupported = 5
  case authorizationFailed = 6
  case rejected = 255
}

/// Task Management Function Request (11.5).
public struct TaskManagementRequestPDU: Hashable, Sendable {
  public var isImmediate = true
  /// nil for numbers that are not assigned.
  public var function: TaskManagementFunction?
  public var lun: UInt64 = 0
  public var initiatorTaskTag: UInt32
  public var referencedTaskTag: UInt32 = reservedTag
  public var cmdSN: UInt32
  public var expStatSN: UInt32 = 0
  public var refCmdSN: UInt32 = 0

  public init(function: TaskManagementFunction, initiatorTaskTag: UInt32, cmdSN: UInt32) {
    self.function = function
    self.initiatorTaskTag = initiatorTaskTag
    self.cmdSN = cmdSN
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    isImmediate = header.isImmediate
    function = TaskManagementFunction(rawValue: bytes.byte(1) & 0x7f)
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    referencedTaskTag = bytes.big32(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
    refCmdSN = bytes.big32(32)
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(
      .taskManagementRequest, immediate: isImmediate, flags: 0x80 | (function?.rawValue ?? 0))
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(referencedTaskTag, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
    bytes.putBig(refCmdSN, at: 32)
  }
}

/// Task Management Function Response (11.6).
public struct TaskManagementResponsePDU: Hashable, Sendable {
  public var outcome: TaskManagementOutcome
  public var initiatorTaskTag: UInt32
  public var numbers: SequenceNumbers

  public init(outcome: TaskManagementOutcome, initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.outcome = outcome
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    self.init(
      outcome: TaskManagementOutcome(rawValue: header.bytes.byte(2)) ?? .rejected,
      initiatorTaskTag: header.initiatorTaskTag, numbers: SequenceNumbers(header.bytes))
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.taskManagementResponse, flags: 0x80)
    bytes.put(outcome.rawValue, at: 2)
    bytes.putBig(initiatorTaskTag, at: 16)
    numbers.encode(to: bytes)
  }
}
