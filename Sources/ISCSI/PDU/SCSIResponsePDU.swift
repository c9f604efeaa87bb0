/// SCSI Response (RFC 7143 11.4). The data segment is the sense length in two bytes and the sense data.
public struct SCSIResponsePDU: Hashable, Sendable {
  /// 0: command completed at target; 1: target failure.
  public var response: UInt8 = 0
  /// SCSI status, for example 00h GOOD or 02h CHECK CONDITION.
  public var status: UInt8
  public var residual = Residual.none
  public var initiatorTaskTag: UInt32
  public var numbers: SequenceNumbers
  /// Number of R2T and Data-In PDUs sent for the command.
  public var expDataSN: UInt32 = 0
  public var dataLength = 0

  public init(status: UInt8, initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.status = status
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    response = bytes.byte(2)
    status = bytes.byte(3)
    residual = Residual(flags: bytes.byte(1), count: bytes.big32(44))
    initiatorTaskTag = header.initiatorTaskTag
    numbers = SequenceNumbers(bytes)
    expDataSN = bytes.big32(36)
    dataLength = header.dataLength
  }

  @inline(__always) public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.scsiResponse, flags: 0x80 | residual.flags, dataLength: dataLength)
    bytes.put(response, at: 2)
    bytes.put(status, at: 3)
    bytes.putBig(initiatorTaskTag, at: 16)
    numbers.encode(to: bytes)
    bytes.putBig(expDataSN, at: 36)
    bytes.putBig(residual.count, at: 44)
  }
}
