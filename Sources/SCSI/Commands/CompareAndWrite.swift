extension CommandExecution {
  /// COMPARE AND WRITE (SBC-3 5.2): the first half of Data-Out is compared, the second written where it is equal.
  mutating func startCompareAndWrite(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let lba = cdb.uint64(at: 2)
    let count = UInt64(cdb[13])
    if cdb.isSet(0xE0, at: 1) { return reject(byte: 1, bit: 7) }
    guard let extent = extent(lba, count, unit) else { return .finish(.checkCondition(.outOfRange(lba))) }
    if unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    guard count <= BlockLimits.compareAndWriteBlocks(unit) else { return reject(byte: 13) }
    transfers(extent.length * 2)
    // Half a comparison would be worse than none.
    guard expectedDataOut == transferLength else { return reject(byte: 13) }
    if count == 0 { return .finish(.good) }
    cursor = extent
    phase = .received
    return .receive(length: transferLength)
  }

  mutating func resumeCompareAndWrite(_ environment: Environment, dataOut: UnsafeRawBufferPointer)
    -> CommandStep
  {
    switch phase {
    case .received:
      phase = .excluded
      return .exclude
    case .excluded:
      phase = .loaded
      return .load(cursor)
    case .loaded:
      guard dataOut.count >= transferLength else { return .finish(.checkCondition(.internalTargetFailure)) }
      let compared = UnsafeRawBufferPointer(rebasing: dataOut[..<cursor.length])
      if let offset = UnsafeRawBufferPointer(environment.workspace).firstDifference(compared) {
        return .finish(.checkCondition(.miscompare(atByte: UInt64(clamping: offset))))
      }
      phase = .stored
      return .store(cursor, from: .dataOut, offset: cursor.length, durable: isDurable(environment.unit))
    default: return .finish(.good)
    }
  }
}
