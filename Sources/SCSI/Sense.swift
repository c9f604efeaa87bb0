/// Sense key with additional sense code and qualifier, and what goes with them (SPC-4 4.5).
public struct Sense: Hashable, Sendable {
  /// Sense key, 0...15.
  public var key: UInt8
  /// Additional sense code and its qualifier: 0x2400 is ASC 24h, ASCQ 00h.
  public var code: UInt16
  /// The INFORMATION field, for example the first LBA that differs.
  public var information: UInt64?
  /// Sense-key specific bytes 15...17 of fixed format, as the low 24 bits; nil leaves SKSV 0.
  public var keySpecific: UInt32?

  public init(key: UInt8, code: UInt16, information: UInt64? = nil, keySpecific: UInt32? = nil) {
    self.key = key
    self.code = code
    self.information = information
    self.keySpecific = keySpecific
  }
}

extension Sense {
  /// NO SENSE: nothing to report.
  public static var none: Sense { Sense(key: 0x0, code: 0x0000) }
  public static var invalidOperationCode: Sense { Sense(key: 0x5, code: 0x2000) }
  public static var parameterListLengthError: Sense { Sense(key: 0x5, code: 0x1A00) }
  public static var logicalUnitNotSupported: Sense { Sense(key: 0x5, code: 0x2500) }
  public static var writeProtected: Sense { Sense(key: 0x7, code: 0x2700) }
  public static var savingNotSupported: Sense { Sense(key: 0x5, code: 0x3900) }
  /// MEDIUM NOT PRESENT - TRAY OPEN.
  public static var mediumNotPresent: Sense { Sense(key: 0x2, code: 0x3A02) }
  /// MEDIUM REMOVAL PREVENTED.
  public static var removalPrevented: Sense { Sense(key: 0x5, code: 0x5302) }
  /// CANNOT READ MEDIUM - INCOMPATIBLE FORMAT.
  static var incompatibleFormat: Sense { Sense(key: 0x5, code: 0x3002) }
  /// LOGICAL UNIT IS IN PROCESS OF BECOMING READY.
  public static var becomingReady: Sense { Sense(key: 0x2, code: 0x0401) }
  /// SANITIZE COMMAND FAILED.
  public static var sanitizeFailed: Sense { Sense(key: 0x3, code: 0x3103) }
  public static var internalTargetFailure: Sense { Sense(key: 0x4, code: 0x4400) }

  /// INVALID FIELD IN CDB, pointing at the byte, and at its bit where one is to blame (SPC-4 4.5.2.4.2).
  static func invalidField(cdbByte byte: Int, bit: Int? = nil) -> Sense {
    Sense(key: 0x5, code: 0x2400, keySpecific: fieldPointer(inCDB: true, byte: byte, bit: bit))
  }

  /// INVALID FIELD IN PARAMETER LIST, pointing at the byte of the list.
  static func invalidField(parameterByte byte: Int, bit: Int? = nil) -> Sense {
    Sense(key: 0x5, code: 0x2600, keySpecific: fieldPointer(inCDB: false, byte: byte, bit: bit))
  }

  /// LOGICAL UNIT NOT READY, SANITIZE IN PROGRESS, and how far it is, in 65536ths.
  public static func sanitizing(progress: UInt16) -> Sense {
    Sense(key: 0x2, code: 0x041B, keySpecific: 0x80_0000 | UInt32(progress))
  }

  /// LOGICAL BLOCK ADDRESS OUT OF RANGE.
  static func outOfRange(_ lba: UInt64) -> Sense { Sense(key: 0x5, code: 0x2100, information: lba) }

  /// MISCOMPARE DURING VERIFY OPERATION; `offset` of the first byte of the Data-Out buffer that differs.
  static func miscompare(atByte offset: UInt64) -> Sense {
    Sense(key: 0xE, code: 0x1D00, information: offset)
  }

  /// COPY ABORTED, for this reason; `segment` of the list is to blame (SPC-4 6.4.3).
  static func copyAborted(_ reason: CopyFailure, segment: Int = 0) -> Sense {
    Sense(
      key: 0xA, code: reason.rawValue,
      keySpecific: 0xA0_0000 | UInt32(truncatingIfNeeded: segment & 0xFFFF))  // SKSV, SD
  }

  /// COPY ABORTED: a unit that it copies from or to is not to be had any more.
  public static var copyAborted: Sense { .copyAborted(.thirdPartyDeviceFailure) }

  private static func fieldPointer(inCDB: Bool, byte: Int, bit: Int?) -> UInt32 {
    var flags: UInt32 = 0x80
    if inCDB { flags |= 0x40 }
    if let bit { flags |= 0x08 | UInt32(truncatingIfNeeded: bit & 7) }
    return flags << 16 | UInt32(truncatingIfNeeded: byte & 0xFFFF)
  }
}

/// Why an EXTENDED COPY stopped; the raw value is the additional sense code and qualifier.
enum CopyFailure: UInt16, Hashable {
  /// The blocks are not all there.
  case outsideMedium = 0x0000
  case unreachableTarget = 0x0804
  case thirdPartyDeviceFailure = 0x0D01
  case targetNotReachable = 0x0D02
  case incorrectDeviceType = 0x0D03
}
