extension CommandExecution {
  /// WRITE SAME (10), (16) (SBC-3 5.45, 5.46): one block, or zeros with NDOB, all over the range.
  mutating func startWriteSame(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    if cdb.isSet(0xE0, at: 1) { return reject(byte: 1, bit: 7) }
    if cdb.isSet(0x10, at: 1) { return reject(byte: 1, bit: 4) }  // ANCHOR
    if unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    if unmaps, unit.configuration.deallocation != .readsZeros { return reject(byte: 1, bit: 3) }
    if cdb.isSet(0x06, at: 1) { return reject(byte: 1, bit: 2) }  // PBDATA, LBDATA: obsolete
    if !is16, cdb.isSet(0x01, at: 1) { return reject(byte: 1, bit: 0) }
    // WSNZ: 0 blocks do not mean "up to the end" here.
    if blockRange.count == 0 { return reject(byte: transferLengthOffset) }
    if let refusal = refuseBlocks(unit, writes: true, atMost: BlockLimits.writeSameBlocks) { return refusal }
    guard let extent = requestedExtent(unit) else { return .finish(.good) }
    cursor = extent
    if is16, cdb.isSet(0x01, at: 1) { return clearRange(unit) }  // NDOB
    transfers(unit.blockLength)
    guard expectedDataOut == unit.blockLength else { return reject(byte: transferLengthOffset) }
    phase = .received
    return .receive(length: unit.blockLength)
  }

  mutating func resumeWriteSame(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    let unit = environment.unit
    switch phase {
    case .received:
      guard dataOut.count >= unit.blockLength else { return .finish(.checkCondition(.internalTargetFailure)) }
      let block = UnsafeRawBufferPointer(rebasing: dataOut[..<unit.blockLength])
      if block.isZero { return clearRange(unit) }
      fill(environment.workspace, with: block)
      phase = .stored
      return .store(part, from: .workspace, offset: 0, durable: isDurable(unit, mask: 0))
    case .stored:
      advance()
      if cursor.length == 0 { return .finish(.good) }
      return .store(part, from: .workspace, offset: 0, durable: isDurable(unit, mask: 0))
    default:
      phase = .single
      return unit.isWriteCacheEnabled ? .finish(.good) : .flush
    }
  }

  private var is16: Bool { cdb.operationCode == 0x93 }
  private var unmaps: Bool { cdb.isSet(0x08, at: 1) }

  /// Makes the range read as zeros: deallocated if that was asked for.
  private mutating func clearRange(_ unit: LogicalUnit) -> CommandStep {
    phase = .cleared
    return unmaps ? .deallocate(cursor) : .zero(cursor)
  }

  private func fill(_ workspace: UnsafeMutableRawBufferPointer, with block: UnsafeRawBufferPointer) {
    for start in stride(from: 0, through: part.length - block.count, by: block.count) {
      UnsafeMutableRawBufferPointer(rebasing: workspace[start..<start + block.count]).copyMemory(from: block)
    }
  }
}
