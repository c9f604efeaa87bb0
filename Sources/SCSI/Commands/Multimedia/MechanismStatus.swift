extension CommandExecution {
  /// MECHANISM STATUS (MMC-6 6.10): a drive without a changer.
  mutating func startMechanismStatus(_ environment: Environment) -> CommandStep {
    var data = ParameterData(environment.workspace)
    data.append(0)
    data.append(environment.unit.isMediumPresent ? 0x00 : 0x10)  // DOOR OPEN
    data.append(zeros: 6)  // no current address, no slots
    return send(data, allocationLength: Int(cdb.uint16(at: 8)), workspace: environment.workspace)
  }

  /// SEEK (10) (MMC-6 6.41): there is nothing to move.
  func startSeek(_ environment: Environment) -> CommandStep {
    let block = UInt64(cdb.uint32(at: 2))
    return .finish(block < environment.unit.blockCount ? .good : .checkCondition(.outOfRange(block)))
  }
}
