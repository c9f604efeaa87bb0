extension CommandExecution {
  /// The next part of `cursor` that fits the workspace.
  var part: MediumExtent {
    MediumExtent(offset: cursor.offset, length: min(cursor.length, Self.workspaceLength))
  }

  /// Moves `cursor` behind `part`.
  mutating func advance() {
    let done = part.length
    cursor.offset &+= UInt64(done)
    cursor.length -= done
  }

  /// Gathers the Data-Out of `part`; nothing left to gather ends the command.
  mutating func receivePart() -> CommandStep {
    if cursor.length == 0 { return .finish(.good) }
    phase = .received
    return .receive(length: part.length)
  }

  /// Bytes that the initiator sends in whole blocks.
  func offeredLength(_ unit: LogicalUnit) -> Int { expectedDataOut / unit.blockLength * unit.blockLength }

  /// The blocks that the descriptor block names; nil outside the medium.
  func requestedExtent(_ unit: LogicalUnit) -> MediumExtent? {
    let (lba, count) = blockRange
    return extent(lba, count, unit)
  }

  /// Refuses protection information, blocks outside the medium, writes to a protected one, and too long a transfer.
  func refuseBlocks(
    _ unit: LogicalUnit, writes: Bool, atMost limit: UInt64 = BlockLimits.transferBlocks
  ) -> CommandStep? {
    let (lba, count) = blockRange
    if cdb.operationCode >= 0x20, cdb.isSet(0xE0, at: 1) { return reject(byte: 1, bit: 7) }
    if extent(lba, count, unit) == nil { return .finish(.checkCondition(.outOfRange(lba))) }
    if writes, unit.isWriteProtected { return .finish(.checkCondition(.writeProtected)) }
    if count > limit { return reject(byte: transferLengthOffset) }
    return nil
  }

  /// Whether a write must be durable before its status: FUA, or the write cache is off.
  func isDurable(_ unit: LogicalUnit, mask: UInt8 = 0x08) -> Bool {
    !unit.isWriteCacheEnabled || cdb.isSet(mask, at: 1)
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

extension UnsafeRawBufferPointer {
  /// Offset of the first byte in which the shorter of the two differs from the other.
  func firstDifference(_ other: UnsafeRawBufferPointer) -> Int? {
    let length = Swift.min(count, other.count)
    var offset = 0
    while offset &+ 8 <= length,
      loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        == other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    { offset &+= 8 }
    while offset < length {
      if self[offset] != other[offset] { return offset }
      offset &+= 1
    }
    return nil
  }

  /// Whether every byte is zero.
  var isZero: Bool {
    var offset = 0
    while offset &+ 8 <= count {
      if loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
      offset &+= 8
    }
    return self[offset...].allSatisfy { $0 == 0 }
  }
}
