extension CommandExecution {
  /// READ (6), (10), (12), (16) (SBC-3 5.8-5.11). DPO and FUA are accepted: the backing's cache is coherent, so a
  /// read never returns anything older than the medium.
  mutating func startRead(_ unit: LogicalUnit) -> CommandStep {
    guard let extent = transferExtent(unit, isWrite: false) else {
      return refuseTransfer(unit, isWrite: false)
    }
    if extent.length == 0 { return .finish(.good) }
    transfers(extent.length)
    // Nothing is read for nobody: blocks past the expected length are left out.
    let blockLength = unit.blockLength
    let wanted =
      expectedDataIn >= extent.length
      ? extent.length : (expectedDataIn + blockLength - 1) / blockLength * blockLength
    if wanted == 0 { return .finish(.good) }
    cursor = MediumExtent(offset: extent.offset, length: wanted)
    return .sendMedium(cursor)
  }

  /// WRITE (6), (10), (12), (16) (SBC-3 5.33-5.36). FUA, or a write cache switched off, makes the write durable.
  mutating func startWrite(_ unit: LogicalUnit) -> CommandStep {
    guard let extent = transferExtent(unit, isWrite: true) else { return refuseTransfer(unit, isWrite: true) }
    if extent.length == 0 { return .finish(.good) }
    transfers(extent.length)
    let blockLength = unit.blockLength
    let offered = min(extent.length, expectedDataOut / blockLength * blockLength)
    if offered == 0 { return .finish(.good) }
    cursor = MediumExtent(offset: extent.offset, length: offered)
    let durable = !unit.isWriteCacheEnabled || (cdb.operationCode >= 0x20 && cdb.isSet(0x08, at: 1))
    return .receiveToMedium(cursor, durable: durable)
  }

  /// The extent of a READ or WRITE that may be carried out; nil for one to refuse.
  @inline(__always) private func transferExtent(_ unit: LogicalUnit, isWrite: Bool) -> MediumExtent? {
    let (lba, count) = blockRange
    if cdb.operationCode >= 0x20, cdb.isSet(0xE0, at: 1) { return nil }  // RDPROTECT, WRPROTECT
    if isWrite, unit.isWriteProtected { return nil }
    if count > BlockLimits.transferBlocks { return nil }
    return extent(lba, count, unit)
  }

  /// Why `transferExtent` gave none.
  private func refuseTransfer(_ unit: LogicalUnit, isWrite: Bool) -> CommandStep {
    let (lba, count) = blockRange
    if cdb.operationCode >= 0x20, cdb.isSet(0xE0, at: 1) { return reject(byte: 1, bit: 7) }
    if extent(lba, count, unit) == nil { return .finish(.checkCondition(.outOfRange(lba))) }
    if isWrite, unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    return reject(byte: transferLengthOffset)
  }

  /// Offset of the TRANSFER LENGTH field.
  var transferLengthOffset: Int {
    switch cdb.operationCode >> 5 {
    case 0: 4
    case 1, 2: 7
    case 5: 6
    default: 10
    }
  }
}
