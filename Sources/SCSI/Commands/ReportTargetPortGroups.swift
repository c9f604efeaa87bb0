extension CommandExecution {
  /// REPORT TARGET PORT GROUPS (SPC-4 6.36): one group with one port, always active/optimized.
  mutating func startReportTargetPortGroups(_ environment: Environment) -> CommandStep {
    let isExtended: Bool
    switch cdb[1] >> 5 {  // PARAMETER DATA FORMAT
    case 0: isExtended = false
    case 1: isExtended = true
    default: return reject(byte: 1, bit: 7)
    }
    var data = ParameterData(environment.workspace)
    data.append(UInt32(isExtended ? 16 : 12))
    if isExtended { data.append(contentsOf: [0x10, 0, 0, 0]) }  // format 1, no implicit transition time
    data.append(0x80)  // PREF; 0h: active/optimized
    data.append(0x01)  // AO_SUP: the only state there is
    data.append(UInt16(1))  // TARGET PORT GROUP
    data.append(0)
    data.append(0)  // STATUS CODE: no status
    data.append(0)
    data.append(1)  // TARGET PORT COUNT
    data.append(UInt16(0))
    data.append(UInt16(1))  // RELATIVE TARGET PORT IDENTIFIER
    return send(data, allocationLength: Int(cdb.uint32(at: 6)), workspace: environment.workspace)
  }
}
