extension CommandExecution {
  /// GET LBA STATUS (SBC-3 5.4): one descriptor, "mapped or unknown", up to the end of the medium.
  mutating func startGetLBAStatus(_ environment: Environment) -> CommandStep {
    let lba = cdb.uint64(at: 2)
    let blocks = environment.unit.blockCount
    guard lba < blocks else { return .finish(.checkCondition(.outOfRange(lba))) }
    let allocationLength = Int(cdb.uint32(at: 10))
    guard allocationLength >= 8 else { return reject(byte: 10) }
    var data = ParameterData(environment.workspace)
    data.append(UInt32(20))  // PARAMETER DATA LENGTH
    data.append(UInt32(0))
    data.append(lba)
    data.append(UInt32(clamping: blocks - lba))
    data.append(UInt32(0))  // PROVISIONING STATUS 0h
    return send(data, allocationLength: allocationLength, workspace: environment.workspace)
  }
}
