extension CommandExecution {
  /// START STOP UNIT (SBC-3 5.21): stopping flushes; the unit is ready again with the next command, as from standby.
  mutating func startStartStopUnit() -> CommandStep {
    if cdb.isSet(0x02, at: 4) { return reject(byte: 4, bit: 1) }  // LOEJ: the medium is not removable
    guard cdb[4] >> 4 == 0 else { return reject(byte: 4, bit: 7) }  // POWER CONDITION
    let stops = !cdb.isSet(0x01, at: 4)
    return stops && !cdb.isSet(0x04, at: 4) ? .flush : .finish(.good)
  }
}
