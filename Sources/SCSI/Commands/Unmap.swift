extension CommandExecution {
  /// UNMAP (SBC-3 5.28): gathers the parameter list.
  mutating func startUnmap(_ environment: Environment) -> CommandStep {
    if cdb.isSet(0x01, at: 1) { return reject(byte: 1, bit: 0) }  // ANCHOR
    if environment.unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    return receiveParameterList(Int(cdb.uint16(at: 7)))
  }

  /// Checks every descriptor before the first is carried out, then goes through them.
  mutating func resumeUnmap(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    guard let list = parameterList(dataOut), list.count >= 8 else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    if phase == .flushed { return .finish(.good) }
    let count = min(Int(list.bigEndian(UInt16.self, at: 2) ?? 0), list.count - 8) / 16
    if phase == .received, let sense = fault(in: list, count: count, environment.unit) {
      return .finish(.checkCondition(sense))
    }
    phase = .cleared
    while index < count {
      let (lba, blocks) = descriptor(index, of: list)
      index += 1
      if blocks > 0, let extent = extent(lba, blocks, environment.unit) {
        cursor = extent
        return .deallocate(extent)
      }
    }
    guard !environment.unit.isWriteCacheEnabled else { return .finish(.good) }
    phase = .flushed
    return .flush
  }

  private func fault(in list: UnsafeRawBufferPointer, count: Int, _ unit: LogicalUnit) -> Sense? {
    if UInt64(count) > BlockLimits.unmapDescriptors { return .invalidField(parameterByte: 2) }
    var total: UInt64 = 0
    for index in 0..<count {
      let (lba, blocks) = descriptor(index, of: list)
      guard extent(lba, blocks, unit) != nil else { return .outOfRange(lba) }
      total += blocks
      if total > BlockLimits.unmapBlocks { return .invalidField(parameterByte: 8 + 16 * index + 8) }
    }
    return nil
  }

  private func descriptor(_ index: Int, of list: UnsafeRawBufferPointer) -> (lba: UInt64, blocks: UInt64) {
    let start = 8 + 16 * index
    return (
      list.bigEndian(UInt64.self, at: start) ?? 0, UInt64(list.bigEndian(UInt32.self, at: start + 8) ?? 0)
    )
  }
}
