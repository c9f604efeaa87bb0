/// SCSI Data-In (RFC 7143 11.7).
public struct DataInPDU: Hashable, Sendable {
  /// Last PDU of a sequence.
  public var isFinal = false
  /// Status GOOD is in this PDU, which also ends the command (the S bit). Only ever GOOD: see `FullFeaturePhase`.
  public var hasStatus = false
  public var residual = Residual.none
  public var status: UInt8 = 0
  public var lun: UInt64 = 0
  public var initiatorTaskTag: UInt32
  public var numbers: SequenceNumbers
  public var dataSN: UInt32
  public var bufferOffset: UInt32
  public var dataLength: Int

  public init(
    initiatorTaskTag: UInt32, numbers: SequenceNumbers, dataSN: UInt32, bufferOffset: UInt32,
    dataLength: Int
  ) {
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
    self.dataSN = dataSN
    self.bufferOffset = bufferOffset
    self.dataLength = dataLength
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    let flags = bytes.byte(1)
    isFinal = flags & 0x80 != 0
    hasStatus = flags & 0x01 != 0
    residual = hasStatus ? Residual(flags: flags, count: bytes.big32(44)) : .none
    status = bytes.byte(3)
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    numbers = SequenceNumbers(bytes)
    dataSN = bytes.big32(36)
    bufferOffset = bytes.big32(40)
    dataLength = header.dataLength
  }

  @inline(__always) public func encode(to bytes: UnsafeMutableRawPointer) {
    let statusFlags: UInt8 = hasStatus ? 0x01 | residual.flags : 0
    bytes.startHeader(.dataIn, flags: (isFinal ? 0x80 : 0) | statusFlags, dataLength: dataLength)
    bytes.put(status, at: 3)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(reservedTag, at: 20)
    numbers.encode(to: bytes)
    bytes.putBig(dataSN, at: 36)
    bytes.putBig(bufferOffset, at: 40)
    bytes.putBig(hasStatus ? residual.count : 0, at: 44)
  }
}
