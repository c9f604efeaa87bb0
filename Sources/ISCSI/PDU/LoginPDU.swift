/// Stages of the login phase (RFC 7143 11.12.3).
public enum LoginStage: UInt8, Hashable, Sendable {
  case security = 0
  case operational = 1
  case fullFeature = 3
}

/// Initiator part of the session identifier, 48 bits in the low end of the number (11.12.5).
public struct ISID: Hashable, Sendable, CustomStringConvertible {
  public var value: UInt64

  public init(_ value: UInt64) { self.value = value & 0xffff_ffff_ffff }

  public var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 12 - digits.count) + digits
  }
}

/// Login Request (11.12). The data segment is text.
public struct LoginRequestPDU: Hashable, Sendable {
  /// The T bit: ready to go to `nextStage`.
  public var wantsTransit = false
  /// The C bit: the text goes on in the next PDU.
  public var isContinued = false
  /// nil for the reserved stage 2.
  public var currentStage: LoginStage? = .security
  public var nextStage: LoginStage?
  public var versionMax: UInt8 = 0
  public var versionMin: UInt8 = 0
  public var isid = ISID(0)
  public var tsih: UInt16 = 0
  public var initiatorTaskTag: UInt32
  public var cid: UInt16 = 0
  public var cmdSN: UInt32
  public var expStatSN: UInt32 = 0
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, cmdSN: UInt32) {
    self.initiatorTaskTag = initiatorTaskTag
    self.cmdSN = cmdSN
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    let flags = bytes.byte(1)
    wantsTransit = flags & 0x80 != 0
    isContinued = flags & 0x40 != 0
    currentStage = LoginStage(rawValue: flags >> 2 & 3)
    nextStage = LoginStage(rawValue: flags & 3)
    versionMax = bytes.byte(2)
    versionMin = bytes.byte(3)
    isid = ISID(bytes.big64(8) >> 16)
    tsih = bytes.big16(14)
    initiatorTaskTag = header.initiatorTaskTag
    cid = bytes.big16(20)
    cmdSN = header.cmdSN
    expStatSN = bytes.big32(28)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    let stages = (currentStage?.rawValue ?? 2) << 2 | (nextStage?.rawValue ?? 0)
    let flags = (wantsTransit ? 0x80 : 0) | (isContinued ? 0x40 : 0) | stages
    bytes.startHeader(.loginRequest, immediate: true, flags: flags, dataLength: dataLength)
    bytes.put(versionMax, at: 2)
    bytes.put(versionMin, at: 3)
    bytes.putBig(isid.value << 16 | UInt64(tsih), at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    bytes.putBig(cid, at: 20)
    bytes.putBig(cmdSN, at: 24)
    bytes.putBig(expStatSN, at: 28)
  }
}

/// Login Response (11.13). The data segment is text.
public struct LoginResponsePDU: Hashable, Sendable {
  public var isTransit = false
  public var isContinued = false
  public var currentStage = LoginStage.security
  public var nextStage: LoginStage?
  public var isid = ISID(0)
  public var tsih: UInt16 = 0
  public var initiatorTaskTag: UInt32
  public var numbers: SequenceNumbers
  public var status = LoginStatus.success
  public var dataLength = 0

  public init(initiatorTaskTag: UInt32, numbers: SequenceNumbers) {
    self.initiatorTaskTag = initiatorTaskTag
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    let flags = bytes.byte(1)
    isTransit = flags & 0x80 != 0
    isContinued = flags & 0x40 != 0
    currentStage = LoginStage(rawValue: flags >> 2 & 3) ?? .security
    nextStage = isTransit ? LoginStage(rawValue: flags & 3) : nil
    isid = ISID(bytes.big64(8) >> 16)
    tsih = bytes.big16(14)
    initiatorTaskTag = header.initiatorTaskTag
    numbers = SequenceNumbers(bytes)
    status = LoginStatus(rawValue: bytes.big16(36))
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    let next = isTransit ? nextStage?.rawValue ?? 0 : 0
    let flags = (isTransit ? 0x80 : 0) | (isContinued ? 0x40 : 0) | currentStage.rawValue << 2 | next
    // Version-max and Version-active stay 0: there is no other version of iSCSI.
    bytes.startHeader(.loginResponse, flags: flags, dataLength: dataLength)
    bytes.putBig(isid.value << 16 | UInt64(tsih), at: 8)
    bytes.putBig(initiatorTaskTag, at: 16)
    numbers.encode(to: bytes)
    bytes.putBig(status.rawValue, at: 36)
  }
}

/// Status class in the high byte, detail in the low one (11.13.5).
public struct LoginStatus: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let success = LoginStatus(rawValue: 0x0000)
  public static let targetMovedTemporarily = LoginStatus(rawValue: 0x0101)
  public static let targetMovedPermanently = LoginStatus(rawValue: 0x0102)
  public static let initiatorError = LoginStatus(rawValue: 0x0200)
  public static let authenticationFailure = LoginStatus(rawValue: 0x0201)
  public static let authorizationFailure = LoginStatus(rawValue: 0x0202)
  public static let targetNotFound = LoginStatus(rawValue: 0x0203)
  public static let unsupportedVersion = LoginStatus(rawValue: 0x0205)
  public static let tooManyConnections = LoginStatus(rawValue: 0x0206)
  /// The session does not span to this portal.
  public static let cannotIncludeInSession = LoginStatus(rawValue: 0x0208)
  public static let missingParameter = LoginStatus(rawValue: 0x0207)
  public static let sessionTypeNotSupported = LoginStatus(rawValue: 0x0209)
  public static let sessionDoesNotExist = LoginStatus(rawValue: 0x020a)
  public static let invalidDuringLogin = LoginStatus(rawValue: 0x020b)
  public static let targetError = LoginStatus(rawValue: 0x0300)
  public static let serviceUnavailable = LoginStatus(rawValue: 0x0301)
  public static let outOfResources = LoginStatus(rawValue: 0x0302)
}
