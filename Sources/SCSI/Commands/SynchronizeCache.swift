extension CommandExecution {
  /// SYNCHRONIZE CACHE (10), (16) (SBC-3 5.22, 5.23): the whole cache, whatever range is named, before any status.
  ///
  /// IMMED may be obeyed late: GOOD is only sent when all is stable.
  mutating func startSynchronizeCache(_ environment: Environment) -> CommandStep {
    let (lba, count) = blockRange
    guard extent(lba, count, environment.unit) != nil else {
      return .finish(.checkCondition(.outOfRange(lba)))
    }
    return environment.unit.isMultimedia ? .finish(.good) : .flush
  }
}
