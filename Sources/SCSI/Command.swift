/// The commands of this device server; the raw value is the operation code, and the service action below it.
enum Command: UInt16, CaseIterable, Sendable {
  case testUnitReady = 0x0000
  case requestSense = 0x0300
  case read6 = 0x0800
  case write6 = 0x0A00
  case inquiry = 0x1200
  case modeSelect6 = 0x1500
  case reserve6 = 0x1600
  case release6 = 0x1700
  case modeSense6 = 0x1A00
  case startStopUnit = 0x1B00
  case preventAllowMediumRemoval = 0x1E00
  case readCapacity10 = 0x2500
  case read10 = 0x2800
  case write10 = 0x2A00
  case seek10 = 0x2B00
  case writeAndVerify10 = 0x2E00
  case verify10 = 0x2F00
  case prefetch10 = 0x3400
  case synchronizeCache10 = 0x3500
  case readDefectData10 = 0x3700
  case writeSame10 = 0x4100
  case unmap = 0x4200
  case readTOC = 0x4300
  case getConfiguration = 0x4600
  case sanitizeOverwrite = 0x4801
  case sanitizeBlockErase = 0x4802
  case sanitizeExitFailureMode = 0x481F
  case getEventStatusNotification = 0x4A00
  case logSelect = 0x4C00
  case logSense = 0x4D00
  case readDiscInformation = 0x5100
  case readTrackInformation = 0x5200
  case modeSelect10 = 0x5500
  case reserve10 = 0x5600
  case release10 = 0x5700
  case modeSense10 = 0x5A00
  case readKeys = 0x5E00
  case readReservation = 0x5E01
  case reportCapabilities = 0x5E02
  case readFullStatus = 0x5E03
  case register = 0x5F00
  case reserve = 0x5F01
  case release = 0x5F02
  case clear = 0x5F03
  case preempt = 0x5F04
  case preemptAndAbort = 0x5F05
  case registerAndIgnoreExistingKey = 0x5F06
  case registerAndMove = 0x5F07
  case extendedCopy = 0x8300
  case copyStatus = 0x8400
  case copyOperatingParameters = 0x8403
  case failedSegmentDetails = 0x8404
  case read16 = 0x8800
  case compareAndWrite = 0x8900
  case write16 = 0x8A00
  case orWrite16 = 0x8B00
  case writeAndVerify16 = 0x8E00
  case verify16 = 0x8F00
  case prefetch16 = 0x9000
  case synchronizeCache16 = 0x9100
  case writeSame16 = 0x9300
  case writeAtomic16 = 0x9C00
  case readCapacity16 = 0x9E10
  case getLBAStatus = 0x9E12
  case reportLUNs = 0xA000
  case reportTargetPortGroups = 0xA30A
  case reportSupportedOperationCodes = 0xA30C
  case reportSupportedTaskManagementFunctions = 0xA30D
  case read12 = 0xA800
  case write12 = 0xAA00
  case readDiscStructure = 0xAD00
  case writeAndVerify12 = 0xAE00
  case verify12 = 0xAF00
  case readDefectData12 = 0xB700
  case readCDMSF = 0xB900
  case setCDSpeed = 0xBB00
  case mechanismStatus = 0xBD00
  case readCD = 0xBE00

  /// The command a descriptor block asks for; nil: not one of this device server's.
  @inline(__always) init?(_ cdb: CommandDescriptorBlock) {
    let code = UInt16(cdb.operationCode) << 8
    guard Command.hasServiceAction(cdb.operationCode) else {
      self.init(rawValue: code)
      return
    }
    self.init(rawValue: code | UInt16(cdb[1] & 0x1F))
  }

  var operationCode: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 8) }
  var serviceAction: UInt8? {
    Command.hasServiceAction(operationCode) ? UInt8(truncatingIfNeeded: rawValue) : nil
  }

  /// Whether the operation code has a service action in byte 1 (SPC-4 4.2.5.2) of which some are implemented here.
  static func hasServiceAction(_ operationCode: UInt8) -> Bool {
    switch operationCode {
    case 0x48, 0x5E, 0x5F, 0x83, 0x84, 0x9E, 0xA3: true
    default: false
    }
  }
}
