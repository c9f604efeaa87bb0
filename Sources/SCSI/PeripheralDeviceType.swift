/// PERIPHERAL DEVICE TYPE: which command standard a unit follows (SPC-4 6.6.2).
public enum PeripheralDeviceType: UInt8, Hashable, Sendable {
  /// A disk (SBC-3).
  case directAccessBlock = 0x00
  /// A CD/DVD drive (MMC-6); its blocks have 2048 bytes, and nothing writes them.
  case multimedia = 0x05
}

extension LogicalUnit {
  /// Whether this unit executes the command at all.
  func supports(_ command: Command) -> Bool {
    if isMultimedia { return command.standards.contains(.multimedia) }
    switch command {
    case .unmap: return configuration.deallocation != .unsupported
    case .sanitizeOverwrite, .sanitizeExitFailureMode: return configuration.allowsSanitize
    case .sanitizeBlockErase: return offersBlockErase
    case .writeAtomic16: return configuration.atomicWriteBlocks > 0
    default: return command.standards.contains(.block)
    }
  }
}

/// The command standards that have a command, as far as this device server goes.
struct CommandStandards: OptionSet, Sendable {
  let rawValue: UInt8

  static let block = Self(rawValue: 0x01)
  static let multimedia = Self(rawValue: 0x02)
  static let all: Self = [.block, .multimedia]
}

extension Command {
  /// Which standards have the command. READ CAPACITY (16), VERIFY and all that writes are no business of a drive that
  /// only reads (MMC-6 5.2); persistent reservations are everybody's (SPC-4).
  var standards: CommandStandards {
    switch self {
    case .testUnitReady, .requestSense, .inquiry, .modeSelect6, .reserve6, .release6, .modeSense6,
      .startStopUnit, .preventAllowMediumRemoval, .readCapacity10, .read10, .read12, .synchronizeCache10,
      .modeSelect10, .reserve10, .release10, .modeSense10, .readKeys, .readReservation, .reportCapabilities,
      .readFullStatus, .register, .reserve, .release, .clear, .preempt, .preemptAndAbort,
      .registerAndIgnoreExistingKey, .registerAndMove, .reportLUNs, .reportSupportedOperationCodes,
      .reportSupportedTaskManagementFunctions:
      .all
    case .seek10, .readTOC, .getConfiguration, .getEventStatusNotification, .readDiscInformation,
      .readTrackInformation, .readDiscStructure, .mechanismStatus, .readCD, .readCDMSF, .setCDSpeed:
      .multimedia
    case .read6, .write6, .write10, .writeAndVerify10, .verify10, .prefetch10, .readDefectData10,
      .writeSame10, .unmap, .logSelect, .logSense, .extendedCopy, .copyStatus, .copyOperatingParameters,
      .failedSegmentDetails, .read16, .compareAndWrite, .write16, .orWrite16, .writeAndVerify16, .verify16,
      .prefetch16, .synchronizeCache16, .writeSame16, .readCapacity16, .getLBAStatus,
      .writeAtomic16, .sanitizeOverwrite, .sanitizeBlockErase, .sanitizeExitFailureMode,
      .reportTargetPortGroups, .write12, .writeAndVerify12, .verify12, .readDefectData12:
      .block
    }
  }

  /// Whether the command reads, writes or flushes blocks: it must not be under way while the medium is exchanged or
  /// sanitized.
  var accessesMedium: Bool {
    switch self {
    case .read6, .read10, .read12, .read16, .readCD, .readCDMSF, .write6, .write10, .write12, .write16,
      .writeAtomic16, .writeAndVerify10, .writeAndVerify12, .writeAndVerify16, .verify10, .verify12,
      .verify16,
      .writeSame10, .writeSame16, .compareAndWrite, .orWrite16, .unmap, .prefetch10, .prefetch16,
      .synchronizeCache10, .synchronizeCache16, .getLBAStatus, .extendedCopy:
      true
    default: false
    }
  }

  /// Whether the command is NOT READY while the tray is open.
  var needsMedium: Bool {
    switch self {
    case .requestSense, .inquiry, .modeSelect6, .modeSense6, .modeSelect10, .modeSense10, .reserve6,
      .release6,
      .reserve10, .release10, .startStopUnit, .preventAllowMediumRemoval, .logSelect, .logSense, .readKeys,
      .readReservation, .reportCapabilities, .readFullStatus, .register, .reserve, .release, .clear, .preempt,
      .preemptAndAbort, .registerAndIgnoreExistingKey, .registerAndMove, .reportLUNs, .reportTargetPortGroups,
      .reportSupportedOperationCodes, .reportSupportedTaskManagementFunctions, .copyStatus,
      .copyOperatingParameters, .failedSegmentDetails, .getConfiguration, .getEventStatusNotification,
      .mechanismStatus, .setCDSpeed:
      false
    default: true
    }
  }
}
