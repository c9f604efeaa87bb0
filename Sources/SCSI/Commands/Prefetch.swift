extension CommandExecution {
  /// PRE-FETCH (10), (16) (SBC-3 5.7): begins to read ahead. GOOD, not CONDITION MET: whether all of it fits the cache
  /// is the kernel's secret.
  mutating func startPrefetch(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let (lba, count) = blockRange
    guard let named = extent(lba, count, unit) else { return .finish(.checkCondition(.outOfRange(lba))) }
    // 0 blocks are all up to the end; more than the limit is shortened, as a hint may be.
    let limit = Int(BlockLimits.transferBlocks) * unit.blockLength
    // The medium may have become smaller since.
    let size = UInt64(unit.blockLength) &* unit.blockCount
    let rest = size > named.offset ? size - named.offset : 0
    let length = count == 0 ? Int(clamping: rest) : named.length
    cursor = MediumExtent(offset: named.offset, length: min(length, limit))
    return cursor.length == 0 ? .finish(.good) : .prefetch(cursor)
  }
}
