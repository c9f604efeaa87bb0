extension CommandExecution {
  /// START STOP UNIT (SBC-3 5.21, MMC-6 6.45): stopping flushes; the unit is ready again with the next command, as from
  /// standby. With LOEJ the medium is ejected or loaded.
  mutating func startStartStopUnit(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    // Under another's reservation only starting is allowed (SBC-3 table 13).
    let startsOnly = cdb[4] & 0xF3 == 0x01
    if !startsOnly, !unit.shared.withLock({ $0.persistent.allowsEverything(to: environment.nexus.port) }) {
      return .finish(.reservationConflict)
    }
    // POWER CONDITION: START and LOEJ count for nothing beside one, and there is none that would differ from another.
    guard cdb[4] >> 4 == 0 else {
      return cdb.isSet(0x04, at: 4) || unit.isWriteProtected ? .finish(.good) : .flush
    }
    let ejects = cdb.isSet(0x02, at: 4)  // LOEJ
    if ejects, !unit.isRemovable { return reject(byte: 4, bit: 1) }
    let starts = cdb.isSet(0x01, at: 4)
    if starts { return ejects ? moveTray(environment) : startLoaded(unit) }
    // Byte 4 bit 2: NO_FLUSH. What is ejected is stable before.
    guard ejects || !cdb.isSet(0x04, at: 4), !unit.isWriteProtected else {
      return ejects ? moveTray(environment) : .finish(.good)
    }
    phase = ejects ? .flushed : .single
    return .flush
  }

  /// The medium may be ejected now: its writes are on stable storage.
  mutating func resumeStartStopUnit(_ environment: Environment) -> CommandStep { moveTray(environment) }

  private func startLoaded(_ unit: LogicalUnit) -> CommandStep {
    .finish(unit.isMediumPresent ? .good : .checkCondition(.mediumNotPresent))
  }

  private func moveTray(_ environment: Environment) -> CommandStep {
    let isLoaded = cdb.isSet(0x01, at: 4)  // START
    let moved = environment.unit.moveTray(isLoaded: isLoaded, by: environment.nexus)
    return .finish(moved ? .good : .checkCondition(.removalPrevented))
  }
}
