extension CommandExecution {
  /// Starts any command but READ and WRITE.
  mutating func start(_ command: Command, _ environment: Environment) -> CommandStep {
    switch command {
    case .testUnitReady: .finish(.good)
    case .requestSense: startRequestSense(environment)
    case .inquiry: startInquiry(environment)
    case .reportLUNs: startReportLUNs(environment)
    case .readCapacity10: startReadCapacity10(environment)
    case .readCapacity16: startReadCapacity16(environment)
    case .modeSense6, .modeSense10: startModeSense(environment)
    case .modeSelect6, .modeSelect10: startModeSelect()
    case .read6, .read10, .read12, .read16: startRead(environment.unit)
    case .write6, .write10, .write12, .write16: startWrite(environment.unit)
    case .verify10, .verify12, .verify16: startVerify(environment)
    case .writeAndVerify10, .writeAndVerify12, .writeAndVerify16: startWriteAndVerify(environment)
    case .synchronizeCache10, .synchronizeCache16: startSynchronizeCache(environment)
    case .prefetch10, .prefetch16: startPrefetch(environment)
    case .unmap: startUnmap(environment)
    case .writeSame10, .writeSame16: startWriteSame(environment)
    case .compareAndWrite: startCompareAndWrite(environment)
    case .orWrite16: startOrWrite(environment)
    case .writeAtomic16: startWriteAtomic(environment)
    case .sanitizeOverwrite, .sanitizeBlockErase: startSanitize(command, environment)
    case .sanitizeExitFailureMode: startExitFailureMode(environment)
    case .getLBAStatus: startGetLBAStatus(environment)
    case .readDefectData10, .readDefectData12: startReadDefectData(environment)
    case .startStopUnit: startStartStopUnit(environment)
    case .preventAllowMediumRemoval: startPreventAllowMediumRemoval(environment)
    case .reportSupportedOperationCodes: startReportSupportedOperationCodes(environment)
    case .reportSupportedTaskManagementFunctions: startReportSupportedTaskManagementFunctions(environment)
    case .reserve6, .reserve10: startReserve(environment)
    case .release6, .release10: startRelease(environment)
    case .readKeys, .readReservation, .reportCapabilities, .readFullStatus:
      startPersistentReserveIn(command, environment)
    case .register, .reserve, .release, .clear, .preempt, .preemptAndAbort, .registerAndIgnoreExistingKey,
      .registerAndMove:
      startPersistentReserveOut(command)
    case .logSense: startLogSense(environment)
    case .logSelect: startLogSelect(environment)
    case .reportTargetPortGroups: startReportTargetPortGroups(environment)
    case .extendedCopy: startExtendedCopy()
    case .copyStatus: startCopyStatus(environment)
    case .copyOperatingParameters: startCopyOperatingParameters(environment)
    case .failedSegmentDetails: startFailedSegmentDetails()
    case .seek10: startSeek(environment)
    case .readTOC: startReadTOC(environment)
    case .getConfiguration: startGetConfiguration(environment)
    case .getEventStatusNotification: startGetEventStatusNotification(environment)
    case .readDiscInformation: startReadDiscInformation(environment)
    case .readTrackInformation: startReadTrackInformation(environment)
    case .readDiscStructure: startReadDiscStructure(environment)
    case .mechanismStatus: startMechanismStatus(environment)
    case .readCD, .readCDMSF: startReadCD(environment)
    case .setCDSpeed: .finish(.good)
    }
  }

  /// Goes on with a command of several steps after one that succeeded.
  mutating func resume(_ command: Command, _ environment: Environment, dataOut: UnsafeRawBufferPointer)
    -> CommandStep
  {
    switch command {
    case .modeSelect6, .modeSelect10: resumeModeSelect(environment, dataOut: dataOut)
    case .verify10, .verify12, .verify16: resumeVerify(environment, dataOut: dataOut)
    case .writeAndVerify10, .writeAndVerify12, .writeAndVerify16:
      resumeWriteAndVerify(environment, dataOut: dataOut)
    case .unmap: resumeUnmap(environment, dataOut: dataOut)
    case .writeSame10, .writeSame16: resumeWriteSame(environment, dataOut: dataOut)
    case .compareAndWrite: resumeCompareAndWrite(environment, dataOut: dataOut)
    case .orWrite16: resumeOrWrite(environment, dataOut: dataOut)
    case .writeAtomic16: resumeWriteAtomic(environment)
    case .sanitizeOverwrite: resumeSanitize(environment, dataOut: dataOut)
    case .register, .reserve, .release, .clear, .preempt, .preemptAndAbort, .registerAndIgnoreExistingKey,
      .registerAndMove:
      resumePersistentReserveOut(command, environment, dataOut: dataOut)
    case .extendedCopy: resumeExtendedCopy(environment, dataOut: dataOut)
    case .startStopUnit: resumeStartStopUnit(environment)
    case .getLBAStatus where phase == .surveyed: resumeGetLBAStatus(environment)
    default: .finish(.good)
    }
  }
}
