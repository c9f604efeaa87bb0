/// A SCSI task of a session while it lives: what iSCSI has to remember of it.
public struct TaskSlot: Hashable, Sendable {
  public internal(set) var isActive = false
  public internal(set) var initiatorTaskTag: UInt32 = 0
  public internal(set) var lun: UInt64 = 0
  public internal(set) var cmdSN: UInt32 = 0
  /// Immediate commands stand outside the command window.
  public internal(set) var isImmediate = false
  public internal(set) var attribute: UInt8 = 0
  /// Bytes of Data-In that the initiator expects; 0 if it did not send the command as a read.
  public internal(set) var expectedDataIn = 0
  /// Bytes of Data-Out that the initiator expects to send; 0 if it did not send the command as a write.
  public internal(set) var expectedDataOut = 0

  /// Changes with every use of the slot, so that a late Data-Out does not find its successor.
  var generation: UInt16 = 0
  /// Data-In and R2T PDUs sent: the next DataSN or R2TSN.
  var dataSN: UInt32 = 0
  /// Bytes of Data-In sent.
  public internal(set) var sent = 0
  /// Bytes of the current Data-In sequence.
  var sentInBurst = 0

  /// Bytes of Data-Out received: the next Buffer Offset.
  public internal(set) var received = 0
  /// End of what R2Ts have asked for.
  var solicited = 0
  /// End of what the command has asked for.
  public internal(set) var demanded = 0
  /// The initiator is still sending data that nobody asked for.
  var unsolicitedIsOpen = false
  /// DataSN that the next Data-Out of the sequence must have.
  var nextDataOutSN: UInt32 = 0

  /// Data-Out came that could not be used: the rest of it is thrown away.
  var hasBadData = false

  /// Whether the initiator is still going to send Data-Out by itself or by an R2T; no status may go out before.
  @inline(__always) public var awaitsData: Bool { unsolicitedIsOpen || received < solicited }

  init() {}
}
