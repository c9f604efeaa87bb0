/// NOP-Out (RFC 7143 11.18): the initiator's ping, or its answer to the target's.
public struct NOPOutPDU: Hashable, Sendable {
  public var isImmediate = true
  public var lun: UInt64 = 0
  /// `reservedTag` when no answer is wanted.
  public var initiatorTaskTag: UInt32
  /// `reservedTag`, or the tag of the NOP-In that this answers.
  public var targetTransferTag: UInt32 = reservedTag
  public var cmdSN: UInt32
  public var expStatSN: UInt32 = 0
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, cmdSN: UInt32) {
    self.initiatorTaskTag = initiatorTaskTag
    self.cmdSN = cmdSN
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    isImmediate = header.isImmediate
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    targetTransferTag = bytes.big32(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.nopOut, immediate: isImmediate, flags: 0x80, dataLength: dataLength)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
  }
}

/// NOP-In (11.19): the answer to the initiator's ping, or the target's own.
public struct NOPInPDU: Hashable, Sendable {
  public var lun: UInt64 = 0
  /// `reservedTag` in the target's own ping.
  public var initiatorTaskTag: UInt32
  /// `reservedTag` in an answer.
  public var targetTransferTag: UInt32 = reservedTag
  public var numbers: SequenceNumbers
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    targetTransferTag = bytes.big32(20)
    numbers = SequenceNumbers(bytes)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.nopIn, flags: 0x80, dataLength: dataLength)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    numbers.encode(to: bytes)
  }
}
