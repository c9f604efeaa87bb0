/// Ready To Transfer (RFC 7143 11.8).
public struct ReadyToTransferPDU: Hashable, Sendable {
  public var lun: UInt64
  public var initiatorTaskTag: UInt32
  public var targetTransferTag: UInt32
  /// `statSN` is the next StatSN, which an R2T does not use up (edk2 checks that).
  public var numbers: SequenceNumbers
  public var r2tSN: UInt32
  public var bufferOffset: UInt32
  public var desiredLength: UInt32

  public init(
    lun: UInt64, initiatorTaskTag: UInt32, targetTransferTag: UInt32, numbers: SequenceNumbers,
    r2tSN: UInt32, bufferOffset: UInt32, desiredLength: UInt32
  ) {
    self.lun = lun
    self.initiatorTaskTag = initiatorTaskTag
    self.targetTransferTag = targetTransferTag
    self.numbers = numbers
    self.r2tSN = r2tSN
    self.bufferOffset = bufferOffset
    self.desiredLength = desiredLength
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    self.init(
      lun: header.lun, initiatorTaskTag: header.initiatorTaskTag, targetTransferTag: bytes.big32(20),
      numbers: SequenceNumbers(bytes), r2tSN: bytes.big32(36), bufferOffset: bytes.big32(40),
      desiredLength: bytes.big32(44))
  }

  @inline(__always) public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.readyToTransfer, flags: 0x80)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(targetTransferTag, at: 20)
    numbers.encode(to: bytes)
    bytes.putBig(r2tSN, at: 36)
    bytes.putBig(bufferOffset, at: 40)
    bytes.putBig(desiredLength, at: 44)
  }
}
