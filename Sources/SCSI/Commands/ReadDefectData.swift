extension CommandExecution {
  /// READ DEFECT DATA (10), (12) (SBC-3 5.13, 5.14): the disk behind us mends itself, so both lists are empty.
  mutating func startReadDefectData(_ environment: Environment) -> CommandStep {
    let is12 = cdb.operationCode == 0xB7
    let flags = cdb[is12 ? 1 : 2] & 0x1F  // REQ_PLIST, REQ_GLIST, DEFECT LIST FORMAT
    var data = ParameterData(environment.workspace)
    data.append(0)
    data.append(flags)
    if is12 {
      data.append(UInt16(0))
      data.append(UInt32(0))
    } else {
      data.append(UInt16(0))
    }
    let allocationLength = is12 ? Int(cdb.uint32(at: 6)) : Int(cdb.uint16(at: 7))
    return send(data, allocationLength: allocationLength, workspace: environment.workspace)
  }
}
