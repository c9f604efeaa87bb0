extension CommandExecution {
  /// WRITE ATOMIC (16) (SBC-4 5.48): all of it is written or nothing, whatever happens.
  ///
  /// Only whole units of what the backing writes atomically, one at a time; no atomic boundaries.
  mutating func startWriteAtomic(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let lba = cdb.uint64(at: 2)
    let count = UInt64(cdb.uint16(at: 12))
    let atom = UInt64(unit.configuration.atomicWriteBlocks)
    if cdb.isSet(0xE0, at: 1) { return reject(byte: 1, bit: 7) }
    if cdb.uint16(at: 10) != 0 { return reject(byte: 10) }  // ATOMIC BOUNDARY
    guard let extent = extent(lba, count, unit) else { return .finish(.checkCondition(.outOfRange(lba))) }
    if unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    if count == 0 { return .finish(.good) }
    // ATOMIC ALIGNMENT, ATOMIC TRANSFER LENGTH GRANULARITY and MAXIMUM ATOMIC TRANSFER LENGTH are the same.
    guard atom > 0, lba % atom == 0 else { return reject(byte: 2) }
    guard count == atom else { return reject(byte: 12) }
    transfers(extent.length)
    // Half of it would not be all of it.
    guard expectedDataOut == transferLength, extent.length <= Self.workspaceLength else {
      return reject(byte: 12)
    }
    cursor = extent
    phase = .received
    return .receive(length: extent.length)
  }

  mutating func resumeWriteAtomic(_ environment: Environment) -> CommandStep {
    switch phase {
    case .received:
      // It goes past the page cache, which must not be written to meanwhile.
      phase = .excluded
      return .exclude
    case .excluded:
      phase = .stored
      return .storeAtomically(cursor, durable: isDurable(environment.unit))
    default: return .finish(.good)
    }
  }
}
