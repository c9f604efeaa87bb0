extension CommandExecution {
  /// REQUEST SENSE (SPC-4 6.39): a pending unit attention, what hinders the unit, why it is not ready, or NO SENSE.
  mutating func startRequestSense(_ environment: Environment) -> CommandStep {
    let attention = environment.unit.takeAttention(of: environment.nexus)
    let hindrance = environment.unit.shared.withLock { $0.hindrance }
    let idle: Sense = environment.unit.isMediumPresent ? .none : .mediumNotPresent
    return sendSense(attention?.sense ?? hindrance?.sense ?? idle, environment.workspace)
  }

  /// Sends sense data as parameter data, in the format that the DESC bit asks for.
  mutating func sendSense(_ sense: Sense, _ workspace: UnsafeMutableRawBufferPointer) -> CommandStep {
    let length = sense.encode(cdb.isSet(0x01, at: 1) ? .descriptor : .fixed, into: workspace)
    transfers(min(length, Int(cdb[4]), workspace.count))
    return transferLength == 0 ? .finish(.good) : .sendWorkspace(length: transferLength)
  }
}
