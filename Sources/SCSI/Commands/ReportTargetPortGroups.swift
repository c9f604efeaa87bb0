extension CommandExecution {
  /// REPORT TARGET PORT GROUPS (SPC-4 6.36): a group with one port for each portal group, all of
  /// them active/optimized: every way leads to the same disk as fast.
  mutating func startReportTargetPortGroups(_ environment: Environment) -> CommandStep {
    let isExtended: Bool
    switch cdb[1] >> 5 {  // PARAMETER DATA FORMAT
    case 0: isExtended = false
    case 1: isExtended = true
    default: return reject(byte: 1, bit: 7)
    }
    var data = ParameterData(environment.workspace)
    let ports = environment.unit.inventory.targetPorts
    data.append(UInt32(clamping: (isExtended ? 4 : 0) + 12 * ports.count))
    if isExtended { data.append(contentsOf: [0x10, 0, 0, 0]) }  // format 1, no implicit transition time
    for port in ports {
      data.append(0x80)  // PREF; 0h: active/optimized
      data.append(0x01)  // AO_SUP: the only state there is
      data.append(port)  // TARGET PORT GROUP
      data.append(0)
      data.append(0)  // STATUS CODE: no status
      data.append(0)
      data.append(1)  // TARGET PORT COUNT
      data.append(UInt16(0))
      data.append(port)  // RELATIVE TARGET PORT IDENTIFIER
    }
    return send(data, allocationLength: Int(cdb.uint32(at: 6)), workspace: environment.workspace)
  }
}
