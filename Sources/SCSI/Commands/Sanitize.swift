extension CommandExecution {
  /// SANITIZE with OVERWRITE or BLOCK ERASE (SBC-4 5.31). CRYPTOGRAPHIC ERASE is not supported: there are no keys here.
  mutating func startSanitize(_ command: Command, _ environment: Environment) -> CommandStep {
    let unit = environment.unit
    if let refusal = refuseReserved() { return refusal }
    let length = Int(cdb.uint16(at: 7))
    if command == .sanitizeBlockErase {
      if length != 0 { return reject(byte: 7) }
      if unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
      return sanitize(.blockErase(isRestricted: isRestricted), environment)
    }
    guard (5...unit.blockLength + 4).contains(length) else { return reject(byte: 7) }
    if unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    return receiveParameterList(length)
  }

  mutating func resumeSanitize(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    guard let list = parameterList(dataOut) else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    switch SanitizeOperation.read(
      list, blockLength: environment.unit.blockLength, isRestricted: isRestricted)
    {
    case .failure(let refusal): return .finish(.checkCondition(refusal.sense))
    case .success(let operation): return sanitize(operation, environment)
    }
  }

  /// SANITIZE with EXIT FAILURE MODE: good where there is nothing to leave.
  func startExitFailureMode(_ environment: Environment) -> CommandStep {
    if let refusal = refuseReserved() { return refusal }
    if cdb.uint16(at: 7) != 0 { return reject(byte: 7) }
    return environment.unit.exitSanitizeFailure() ? .finish(.good) : reject(byte: 1, bit: 4)
  }

  /// AUSE is 0: a failure is not to be left by EXIT FAILURE MODE.
  private var isRestricted: Bool { !cdb.isSet(0x20, at: 1) }

  private func refuseReserved() -> CommandStep? {
    if cdb.isSet(0x40, at: 1) { return reject(byte: 1, bit: 6) }  // ZNR: there are no zones
    for byte in 2...6 where cdb[byte] != 0 { return reject(byte: byte) }
    return nil
  }

  private mutating func sanitize(_ operation: SanitizeOperation, _ environment: Environment) -> CommandStep {
    // Its parameters may have come long after the command.
    if environment.unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    let command: Command = operation.pattern == nil ? .sanitizeBlockErase : .sanitizeOverwrite
    switch environment.unit.beginSanitize(operation, command, by: environment.nexus) {
    case .reservationConflict: return .finish(.reservationConflict)
    case .sense(let sense): return .finish(.checkCondition(sense))
    case nil: break
    }
    phase = .single
    return .sanitize(waits: !cdb.isSet(0x80, at: 1))  // IMMED
  }
}
