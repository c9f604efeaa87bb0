extension CommandExecution {
  /// Asks for the parameter list of `length` bytes, as far as the initiator sends one; an empty list ends the command.
  mutating func receiveParameterList(_ length: Int) -> CommandStep {
    transfers(length)
    if length == 0 { return .finish(.good) }
    let gathered = min(length, expectedDataOut, Self.workspaceLength)
    guard gathered == length else { return .finish(.checkCondition(.parameterListLengthError)) }
    phase = .received
    return .receive(length: length)
  }

  /// The parameter list that `receiveParameterList` asked for; nil if the service brought less.
  func parameterList(_ dataOut: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard dataOut.count >= transferLength else { return nil }
    return UnsafeRawBufferPointer(rebasing: dataOut[..<transferLength])
  }
}
