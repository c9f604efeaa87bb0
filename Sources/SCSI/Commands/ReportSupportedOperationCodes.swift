extension CommandExecution {
  /// REPORT SUPPORTED OPERATION CODES (SPC-4 6.34).
  mutating func startReportSupportedOperationCodes(_ environment: Environment) -> CommandStep {
    let withTimeouts = cdb.isSet(0x80, at: 2)  // RCTD
    let operationCode = cdb[3]
    let serviceAction = cdb.uint16(at: 4)
    var data = ParameterData(environment.workspace)
    let supported = Command.allCases.filter { environment.unit.supports($0) }
    switch cdb[2] & 0x07 {  // REPORTING OPTIONS
    case 0:
      appendAll(supported, withTimeouts: withTimeouts, to: &data)
    case 1:
      guard !supported.contains(where: { $0.operationCode == operationCode && $0.serviceAction != nil })
      else {
        return reject(byte: 3)
      }
      append(
        supported.first { $0.operationCode == operationCode }, withTimeouts: withTimeouts, to: &data)
    case 2:
      guard Command.hasServiceAction(operationCode) else { return reject(byte: 3) }
      append(
        supported.first {
          $0.operationCode == operationCode && UInt16($0.serviceAction ?? 0) == serviceAction
        },
        withTimeouts: withTimeouts, to: &data)
    case 3:
      append(
        supported.first {
          $0.operationCode == operationCode && UInt16($0.serviceAction ?? 0) == serviceAction
        },
        withTimeouts: withTimeouts, to: &data)
    default: return reject(byte: 2, bit: 2)
    }
    return send(data, allocationLength: Int(cdb.uint32(at: 6)), workspace: environment.workspace)
  }

  private func appendAll(_ commands: [Command], withTimeouts: Bool, to data: inout ParameterData) {
    data.append(UInt32(truncatingIfNeeded: commands.count * (withTimeouts ? 20 : 8)))
    for command in commands {
      data.append(command.operationCode)
      data.append(0)
      data.append(UInt16(command.serviceAction ?? 0))
      data.append(0)
      data.append((withTimeouts ? 0x02 : 0) | (command.serviceAction == nil ? 0 : 0x01))  // CTDP, SERVACTV
      data.append(UInt16(truncatingIfNeeded: command.usage.count))
      if withTimeouts { appendTimeouts(to: &data) }
    }
  }

  /// The one-command format; nil is a command that is not supported.
  private func append(_ command: Command?, withTimeouts: Bool, to data: inout ParameterData) {
    data.append(0)
    guard let command else {
      data.append(0x01)  // SUPPORT: not supported
      data.append(UInt16(0))
      return
    }
    data.append((withTimeouts ? 0x80 : 0) | 0x03)  // CTDP, SUPPORT: as the standard says
    data.append(UInt16(truncatingIfNeeded: command.usage.count))
    data.append(contentsOf: command.usage)
    if withTimeouts { appendTimeouts(to: &data) }
  }

  /// A command timeouts descriptor that names no timeout (SPC-4 6.34.4).
  private func appendTimeouts(to data: inout ParameterData) {
    data.append(UInt16(10))
    data.append(zeros: 10)
  }

  /// REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 6.35).
  mutating func startReportSupportedTaskManagementFunctions(_ environment: Environment) -> CommandStep {
    let allocationLength = Int(cdb.uint32(at: 6))
    guard allocationLength >= 4 else { return reject(byte: 6) }
    var data = ParameterData(environment.workspace)
    data.append(environment.unit.configuration.taskManagement.rawValue)
    data.append(zeros: 2)
    let isExtended = cdb.isSet(0x80, at: 2)  // REPD
    data.append(isExtended ? 12 : 0)
    if isExtended { data.append(zeros: 12) }
    return send(data, allocationLength: allocationLength, workspace: environment.workspace)
  }
}

/// Task management functions, as REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS names them (SPC-4 table 307).
public struct TaskManagementFunctions: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let abortTask = Self(rawValue: 0x80)
  public static let abortTaskSet = Self(rawValue: 0x40)
  public static let clearTaskSet = Self(rawValue: 0x10)
  public static let logicalUnitReset = Self(rawValue: 0x08)
  public static let targetReset = Self(rawValue: 0x02)
}
