extension CommandExecution {
  /// READ CAPACITY (10) (SBC-3 5.15).
  mutating func startReadCapacity10(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    var data = ParameterData(environment.workspace)
    // A last LBA above 32 bits is said by all ones: ask READ CAPACITY (16).
    data.append(UInt32(clamping: lastBlock(of: unit)))
    data.append(UInt32(truncatingIfNeeded: unit.blockLength))
    return send(data, allocationLength: 8, workspace: environment.workspace)
  }

  /// READ CAPACITY (16) (SBC-3 5.16).
  mutating func startReadCapacity16(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    var data = ParameterData(environment.workspace)
    data.append(lastBlock(of: unit))
    data.append(UInt32(truncatingIfNeeded: unit.blockLength))
    data.append(0)  // no protection information
    data.append(unit.configuration.geometry.physicalBlockExponent & 0x0F)
    var provisioning: UInt16 = 0
    if unit.configuration.deallocation != .unsupported { provisioning |= 0x8000 }  // LBPME
    if unit.configuration.deallocation == .readsZeros { provisioning |= 0x4000 }  // LBPRZ
    data.append(provisioning)
    data.append(zeros: 16)
    return send(data, allocationLength: Int(cdb.uint32(at: 10)), workspace: environment.workspace)
  }

  private func lastBlock(of unit: LogicalUnit) -> UInt64 {
    let count = unit.blockCount
    return count == 0 ? 0 : count - 1
  }
}
