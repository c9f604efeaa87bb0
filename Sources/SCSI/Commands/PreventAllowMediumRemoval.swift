extension CommandExecution {
  /// PREVENT ALLOW MEDIUM REMOVAL (SPC-4 6.19): where the medium cannot be removed, either wish is already met.
  func startPreventAllowMediumRemoval(_ environment: Environment) -> CommandStep {
    guard cdb[4] & 0x03 <= 1 else { return reject(byte: 4, bit: 1) }
    let unit = environment.unit
    // Under another's reservation only allowing is (SPC-4 table 60).
    if cdb.isSet(0x01, at: 4),
      !unit.shared.withLock({ $0.persistent.allowsEverything(to: environment.nexus.port) })
    {
      return .finish(.reservationConflict)
    }
    if unit.isRemovable {
      environment.unit.prevent(cdb.isSet(0x01, at: 4), by: environment.nexus)
    }
    return .finish(.good)
  }
}
