/// SCSI Command (RFC 7143 11.3).
public struct SCSICommandPDU: Hashable, Sendable {
  public var isImmediate = false
  /// No unsolicited Data-Out follows.
  public var isFinal = true
  /// Data-In is expected.
  public var isRead = false
  /// Data-Out is expected.
  public var isWrite = false
  /// Task attribute: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA.
  public var attribute: UInt8 = 1
  public var lun: UInt64 = 0
  public var initiatorTaskTag: UInt32
  /// Bytes that the initiator expects to be transferred.
  public var expectedLength: UInt32 = 0
  public var cmdSN: UInt32
  public var expStatSN: UInt32 = 0
  public var cdb: CommandDescriptorBlock
  /// Length of the immediate data.
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, cmdSN: UInt32, cdb: CommandDescriptorBlock) {
    self.initiatorTaskTag = initiatorTaskTag
    self.cmdSN = cmdSN
    self.cdb = cdb
  }

  @inline(__always) public init(_ header: BasicHeader) {
    let bytes = header.bytes
    let flags = bytes.byte(1)
    isImmediate = header.isImmediate
    isFinal = flags & 0x80 != 0
    isRead = flags & 0x40 != 0
    isWrite = flags & 0x20 != 0
    attribute = flags & 0x07
    lun = header.lun
    initiatorTaskTag = header.initiatorTaskTag
    expectedLength = bytes.big32(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
    cdb = CommandDescriptorBlock(high: bytes.big64(32), low: bytes.big64(40))
    dataLength = header.dataLength
  }

  /// Writes the 48 bytes of the header.
  public func encode(to bytes: UnsafeMutableRawPointer) {
    let flags = (isFinal ? 0x80 : 0) | (isRead ? 0x40 : 0) | (isWrite ? 0x20 : 0) | attribute & 0x07
    bytes.startHeader(.scsiCommand, immediate: isImmediate, flags: flags, dataLength: dataLength)
    bytes.putBig(lun, at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(expectedLength, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
    bytes.putBig(cdb.high, at: 32)
    bytes.putBig(cdb.low, at: 40)
  }
}
