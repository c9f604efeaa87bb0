extension CommandExecution {
  /// ORWRITE (16) (SBC-3 5.6): the medium becomes the bitwise OR of itself and Data-Out.
  mutating func startOrWrite(_ environment: Environment) -> CommandStep {
    if let refusal = refuseBlocks(environment.unit, writes: true) { return refusal }
    guard let extent = requestedExtent(environment.unit), extent.length > 0 else { return .finish(.good) }
    transfers(extent.length)
    cursor = MediumExtent(
      offset: extent.offset, length: min(extent.length, offeredLength(environment.unit)))
    return receivePart()
  }

  mutating func resumeOrWrite(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    switch phase {
    case .received:
      phase = .excluded
      return .exclude
    case .excluded:
      phase = .loaded
      return .load(part)
    case .loaded:
      guard dataOut.count >= part.length else { return .finish(.checkCondition(.internalTargetFailure)) }
      for offset in 0..<part.length { environment.workspace[offset] |= dataOut[offset] }
      phase = .stored
      return .store(part, from: .workspace, offset: 0, durable: isDurable(environment.unit))
    case .stored:
      advance()
      if cursor.length == 0 { return .finish(.good) }
      // The next part may be long in coming.
      phase = .admitted
      return .admit
    default: return receivePart()
    }
  }
}
