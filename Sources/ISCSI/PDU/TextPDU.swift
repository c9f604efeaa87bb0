/// Text Request (RFC 7143 11.10).
public struct TextRequestPDU: Hashable, Sendable {
  public var isImmediate = false
  public var isFinal = true
  /// The C bit: the text goes on in the next PDU.
  public var isContinued = false
  public var lun: UInt64 = 0
  public var initiatorTaskTag: UInt32
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
    isFinal = header.isFinal
    isContinued = bytes.byte(1) & 0x40 != 0
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    targetTransferTag = bytes.big32(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    let flags: UInt8 = (isFinal ? 0x80 : 0) | (isContinued ? 0x40 : 0)
    bytes.startHeader(.textRequest, immediate: isImmediate, flags: flags, dataLength: dataLength)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
  }
}

/// Text Response (11.11).
public struct TextResponsePDU: Hashable, Sendable {
  public var isFinal = true
  public var isContinued = false
  public var initiatorTaskTag: UInt32
  /// `reservedTag` when nothing follows.
  public var targetTransferTag: UInt32 = reservedTag
  public var numbers: SequenceNumbers
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    isFinal = header.isFinal
    isContinued = bytes.byte(1) & 0x40 != 0
    initiatorTaskTag = header.initiatorTaskTag
    targetTransferTag = bytes.big32(20)
    numbers = SequenceNumbers(bytes)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    let flags: UInt8 = (isFinal ? 0x80 : 0) | (isContinued ? 0x40 : 0)
    bytes.startHeader(.textResponse, flags: flags, dataLength: dataLength)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    numbers.encode(to: bytes)
  }
}
