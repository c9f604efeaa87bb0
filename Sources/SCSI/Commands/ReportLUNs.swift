extension CommandExecution {
  /// REPORT LUNS (SPC-4 6.33): the news that the list has changed is no news afterwards.
  mutating func startReportLUNs(_ environment: Environment) -> CommandStep {
    let step = startReportLUNs(environment.unit.inventory, environment.workspace)
    if case .sendWorkspace = step {
      environment.unit.drop(.reportedLUNsDataHasChanged, of: environment.nexus)
    }
    return step
  }

  mutating func startReportLUNs(_ inventory: LogicalUnitInventory, _ workspace: UnsafeMutableRawBufferPointer)
    -> CommandStep
  {
    let allocationLength = Int(cdb.uint32(at: 6))
    guard allocationLength >= 16 else { return reject(byte: 6) }
    var data = ParameterData(workspace)
    let numbers: [LogicalUnitNumber]
    switch cdb[2] {  // SELECT REPORT
    case 0x00, 0x02: numbers = inventory.numbers
    case 0x01: numbers = []  // well known logical units: there are none
    default: return reject(byte: 2)
    }
    data.append(UInt32(truncatingIfNeeded: numbers.count * 8))
    data.append(UInt32(0))
    for number in numbers { data.append(number.wire) }
    return send(data, allocationLength: allocationLength, workspace: workspace)
  }
}
