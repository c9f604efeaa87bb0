extension CommandExecution {
  /// READ (6), (10), (12), (16) (SBC-3 5.8-5.11). DPO and FUA are accepted: the backing's cache is coherent, so a
  /// read never returns anything older than the medium.
  mutating func startRead(_ unit: LogicalUnit) -> CommandStep {
    if let refusal = refuseBlocks(unit, writes: false) { return refusal }
    guard let extent = requestedExtent(unit), extent.length > 0 else { return .finish(.good) }
    transfers(extent.length)
    // Nothing is read for nobody: blocks past the expected length are left out.
    let blocksExpected = (min(expectedDataIn, extent.length) + unit.blockLength - 1) / unit.blockLength
    cursor = MediumExtent(offset: extent.offset, length: blocksExpected * unit.blockLength)
    return cursor.length == 0 ? .finish(.good) : .sendMedium(cursor)
  }

  /// WRITE (6), (10), (12), (16) (SBC-3 5.33-5.36). FUA, or a write cache switched off, makes the write durable.
  mutating func startWrite(_ unit: LogicalUnit) -> CommandStep {
    if let refusal = refuseBlocks(unit, writes: true) { return refusal }
    guard let extent = requestedExtent(unit), extent.length > 0 else { return .finish(.good) }
    transfers(extent.length)
    cursor = MediumExtent(offset: extent.offset, length: min(extent.length, offeredLength(unit)))
    if cursor.length == 0 { return .finish(.good) }
    // Byte 1 of WRITE (6) is part of the address.
    let durable = isDurable(unit, mask: cdb.operationCode < 0x20 ? 0 : 0x08)
    return .receiveToMedium(cursor, durable: durable)
  }
}
