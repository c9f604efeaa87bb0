extension Command {
  /// CDB USAGE DATA of REPORT SUPPORTED OPERATION CODES: a bit is set where the device server looks at that bit of the
  /// descriptor block, and the first bytes name the command (SPC-4 6.34.3).
  var usage: [UInt8] {
    var bytes = [operationCode] + usageAfterOperationCode
    if let serviceAction { bytes[1] |= serviceAction }
    return bytes
  }

  private var usageAfterOperationCode: [UInt8] {
    switch self {
    case .testUnitReady: [0, 0, 0, 0, 0x04]
    case .requestSense: [0x01, 0, 0, 0xFF, 0x04]
    case .read6, .write6: [0x1F, 0xFF, 0xFF, 0xFF, 0x04]
    case .inquiry: [0x03, 0xFF, 0xFF, 0xFF, 0x04]
    case .modeSelect6: [0x11, 0, 0, 0xFF, 0x04]
    case .reserve6, .release6: [0x11, 0, 0, 0, 0x04]
    case .modeSense6: [0x08, 0xFF, 0xFF, 0xFF, 0x04]
    case .startStopUnit: [0, 0, 0, 0xF7, 0x04]
    case .preventAllowMediumRemoval: [0, 0, 0, 0x03, 0x04]
    case .readCapacity10: [0, 0, 0, 0, 0, 0, 0, 0, 0x04]
    case .read10, .write10: [0xF8] + Self.block10
    case .writeAndVerify10, .verify10: [0xF6] + Self.block10
    case .prefetch10, .synchronizeCache10: [0] + Self.block10
    case .readDefectData10: [0, 0x1F, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .writeSame10: [0xFE] + Self.block10
    case .unmap: [0x01, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .sanitizeOverwrite, .sanitizeBlockErase: [0xA0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .sanitizeExitFailureMode: [0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .logSelect: [0x02, 0xC0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .logSense: [0, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x04]
    case .modeSelect10: [0x11, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .reserve10, .release10: [0x12, 0, 0, 0, 0, 0, 0, 0, 0x04]
    case .modeSense10: [0x18, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .readKeys, .readReservation, .reportCapabilities, .readFullStatus:
      [0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .register, .registerAndIgnoreExistingKey, .clear: [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x04]
    case .registerAndMove: [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x04]
    case .reserve, .release, .preempt, .preemptAndAbort: [0, 0xFF, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x04]
    case .read16, .write16, .orWrite16: [0xF8] + Self.block16
    case .writeAtomic16: [0xF8] + Self.address8 + Self.length4 + [0, 0x04]
    case .compareAndWrite: [0xF8] + Self.address8 + [0, 0, 0, 0xFF, 0, 0x04]
    case .writeAndVerify16, .verify16: [0xF6] + Self.block16
    case .prefetch16, .synchronizeCache16: [0] + Self.block16
    case .writeSame16: [0xFF] + Self.block16
    case .readCapacity16: [0] + [UInt8](repeating: 0, count: 8) + Self.length4 + [0, 0x04]
    case .getLBAStatus: [0] + Self.address8 + Self.length4 + [0, 0x04]
    case .reportLUNs: [0, 0xFF, 0, 0, 0] + Self.length4 + [0, 0x04]
    case .extendedCopy: [0] + [UInt8](repeating: 0, count: 8) + Self.length4 + [0, 0x04]
    case .copyStatus, .failedSegmentDetails:
      [0, 0xFF] + [UInt8](repeating: 0, count: 7) + Self.length4 + [0, 0x04]
    case .copyOperatingParameters: [0] + [UInt8](repeating: 0, count: 8) + Self.length4 + [0, 0x04]
    case .reportTargetPortGroups: [0xE0, 0, 0, 0, 0] + Self.length4 + [0, 0x04]
    case .reportSupportedOperationCodes: [0, 0x87, 0xFF, 0xFF, 0xFF] + Self.length4 + [0, 0x04]
    case .reportSupportedTaskManagementFunctions: [0, 0x80, 0, 0, 0] + Self.length4 + [0, 0x04]
    case .read12, .write12: [0xF8] + Self.length4 + Self.length4 + [0, 0x04]
    case .writeAndVerify12, .verify12: [0xF6] + Self.length4 + Self.length4 + [0, 0x04]
    case .readDefectData12: [0x1F, 0, 0, 0, 0] + Self.length4 + [0, 0x04]
    case .seek10: [0] + Self.length4 + [0, 0, 0, 0x04]
    case .readTOC: [0x02, 0x0F, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xC4]
    case .getConfiguration: [0x03, 0xFF, 0xFF, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .getEventStatusNotification: [0x01, 0, 0, 0xFF, 0, 0, 0xFF, 0xFF, 0x04]
    case .readDiscInformation: [0x07, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0x04]
    case .readTrackInformation: [0x03] + Self.length4 + [0, 0xFF, 0xFF, 0x04]
    case .readDiscStructure: [0x0F, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0, 0x04]
    case .mechanismStatus: [0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0x04]
    case .readCD: [0x1C] + Self.length4 + [0xFF, 0xFF, 0xFF, 0xFE, 0x07, 0x04]
    case .readCDMSF: [0x1C, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0x07, 0x04]
    case .setCDSpeed: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04]
    }
  }

  private static let length4 = [UInt8](repeating: 0xFF, count: 4)
  private static let address8 = [UInt8](repeating: 0xFF, count: 8)
  /// Address, group number, transfer length and control of a 10-byte block command.
  private static let block10: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0xFF, 0xFF, 0x04]
  private static let block16: [UInt8] = address8 + length4 + [0, 0x04]
}
