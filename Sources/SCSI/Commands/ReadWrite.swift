extension CommandExecution {
  /// READ (6), (10), (12), (16) (SBC-3 5.8-5.11). DPO and FUA are accepted: the backing's cache is coherent, so a
  /// read never returns anything older than the medium.
  mutating func startRead(_ unit: LogicalUnit) -> CommandStep {
    // Without a reason to refuse any more, the capacity has just changed: try again.
    guard let extent = transferExtent(unit) else {
      return refuseBlocks(unit, writes: false) ?? .finish(.busy)
    }
    return send(extent, of: unit)
  }

  /// Sends what the initiator expects of an extent.
  @inline(__always) mutating func send(_ extent: MediumExtent, of unit: LogicalUnit) -> CommandStep {
    transfers(extent.length)
    // Nothing is read for nobody: blocks past the expected length are left out.
    let mask = unit.blockLength &- 1
    let wanted = (min(expectedDataIn, extent.length) &+ mask) & ~mask
    cursor = MediumExtent(offset: extent.offset, length: wanted)
    return wanted == 0 ? .finish(.good) : .sendMedium(cursor)
  }

  /// WRITE (6), (10), (12), (16) (SBC-3 5.33-5.36). FUA, or a write cache switched off, makes the write durable.
  mutating func startWrite(_ unit: LogicalUnit) -> CommandStep {
    guard !unit.isWriteProtected, let extent = transferExtent(unit) else {
      return refuseBlocks(unit, writes: true) ?? .finish(.busy)
    }
    transfers(extent.length)
    let offered = min(extent.length, expectedDataOut & ~(unit.blockLength &- 1))
    cursor = MediumExtent(offset: extent.offset, length: offered)
    if offered == 0 { return .finish(.good) }
    // Byte 1 of WRITE (6) is part of the address.
    let durable = isDurable(unit, mask: cdb.operationCode < 0x20 ? 0 : 0x08)
    return .receiveToMedium(cursor, durable: durable)
  }

  /// The extent of a READ or WRITE; nil where `refuseBlocks` knows a reason not to carry it out.
  @inline(__always) private func transferExtent(_ unit: LogicalUnit) -> MediumExtent? {
    if cdb.operationCode >= 0x20, cdb.isSet(0xE0, at: 1) { return nil }
    let (lba, count) = blockRange
    return count > BlockLimits.transferBlocks ? nil : extent(lba, count, unit)
  }
}
