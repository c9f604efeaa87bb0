/// SCSI Data-Out (RFC 7143 11.7).
public struct DataOutPDU: Hashable, Sendable {
  /// Last PDU of a sequence.
  public var isFinal = true
  public var lun: UInt64 = 0
  public var initiatorTaskTag: UInt32
  /// The tag of the R2T that asked for the data, or `reservedTag` for unsolicited data.
  public var targetTransferTag: UInt32
  public var expStatSN: UInt32 = 0
  public var dataSN: UInt32
  public var bufferOffset: UInt32
  public var dataLength: Int

  public init(
    initiatorTaskTag: UInt32, targetTransferTag: UInt32, dataSN: UInt32, bufferOffset: UInt32,
    dataLength: Int
  ) {
    self.initiatorTaskTag = initiatorTaskTag
    self.targetTransferTag = targetTransferTag
    self.dataSN = dataSN
    self.bufferOffset = bufferOffset
    self.dataLength = dataLength
  }

  @inline(__always) public init(_ header: BasicHeader) {
    let bytes = header.bytes
    isFinal = header.isFinal
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    targetTransferTag = bytes.big32(20)
    expStatSN = bytes.big32(28)
    dataSN = bytes.big32(36)
    bufferOffset = bytes.big32(40)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.dataOut, flags: isFinal ? 0x80 : 0, dataLength: dataLength)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    bytes.putBig(expStatSN, at: 28)
    bytes.putBig(dataSN, at: 36)
    bytes.putBig(bufferOffset, at: 40)
  }
}
