/// The basic header segment of a PDU: a view of 48 bytes that somebody else owns (RFC 7143 11.2).
///
/// Reading a field never traps: every offset is a constant below 48, and the initialiser checks the length.
public struct BasicHeader {
  /// Length of every basic header segment in bytes.
  public static let length = 48

  /// The first of the 48 bytes.
  public let bytes: UnsafeRawPointer

  /// The header at the start of `buffer`; nil when there are fewer than 48 bytes.
  public init?(_ buffer: UnsafeRawBufferPointer) {
    guard buffer.count >= BasicHeader.length, let base = buffer.baseAddress else { return nil }
    bytes = base
  }

  /// What kind of PDU this is; nil for numbers that RFC 7143 does not assign.
  public var opcode: Opcode? { Opcode(rawValue: bytes.byte(0) & 0x3f) }
  /// The I bit: deliver at once, outside the command sequence (11.2.1.1).
  public var isImmediate: Bool { bytes.byte(0) & 0x40 != 0 }
  /// The F bit, or T in login PDUs.
  public var isFinal: Bool { bytes.byte(1) & 0x80 != 0 }
  /// Length of the additional header segments in bytes.
  public var additionalLength: Int { Int(bytes.byte(4)) * 4 }
  /// Length of the data segment in bytes, without padding.
  public var dataLength: Int { Int(bytes.big24(5)) }
  /// The LUN field as the 64 bits of SAM-5 4.7, or opcode-specific bytes.
  public var lun: UInt64 { bytes.big64(8) }
  public var initiatorTaskTag: UInt32 { bytes.big32(16) }
  public var cmdSN: UInt32 { bytes.big32(24) }
}

/// Operation codes (RFC 7143 11.2.1.2).
public enum Opcode: UInt8, Hashable, Sendable {
  case nopOut = 0x00
  case scsiCommand = 0x01
  case taskManagementRequest = 0x02
  case loginRequest = 0x03
  case textRequest = 0x04
  case dataOut = 0x05
  case logoutRequest = 0x06
  case snackRequest = 0x10
  case nopIn = 0x20
  case scsiResponse = 0x21
  case taskManagementResponse = 0x22
  case loginResponse = 0x23
  case textResponse = 0x24
  case dataIn = 0x25
  case logoutResponse = 0x26
  case readyToTransfer = 0x31
  case asyncMessage = 0x32
  case reject = 0x3f
}

/// The value of a task tag that names no task (11.2.1.8).
public let reservedTag: UInt32 = 0xffff_ffff
