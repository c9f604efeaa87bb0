extension CommandExecution {
  /// Starts any command but READ and WRITE.
  mutating func start(_ command: Command, _ environment: Environment) -> CommandStep {
    switch command {
    case .testUnitReady: .finish(.good)
    case .requestSense: startRequestSense(environment)
    case .inquiry: startInquiry(environment)
    case .reportLUNs: startReportLUNs(environment.unit.inventory, environment.workspace)
    case .readCapacity10: startReadCapacity10(environment)
    case .readCapacity16: startReadCapacity16(environment)
    case .modeSense6, .modeSense10: startModeSense(environment)
    case .modeSelect6, .modeSelect10: startModeSelect()
    case .synchronizeCache10, .synchronizeCache16: startSynchronizeCache(environment)
    case .startStopUnit: startStartStopUnit()
    case .read6, .read10, .read12, .read16: startRead(environment.unit)
    case .write6, .write10, .write12, .write16: startWrite(environment.unit)
    }
  }

  /// Goes on with a command of several steps after one that succeeded.
  mutating func resume(_ command: Command, _ environment: Environment, dataOut: UnsafeRawBufferPointer)
    -> CommandStep
  {
    switch command {
    case .modeSelect6, .modeSelect10: resumeModeSelect(environment, dataOut: dataOut)
    default: .finish(.good)
    }
  }
}
