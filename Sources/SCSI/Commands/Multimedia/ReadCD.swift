extension CommandExecution {
  /// READ CD and READ CD MSF (MMC-6 6.20, 6.21): the user data of mode 1 sectors, which is all that an image holds.
  mutating func startReadCD(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    // A DVD has no sectors of this kind.
    guard MediumProfile(of: unit) == .cdROM else { return .finish(.checkCondition(.incompatibleFormat)) }
    let sectorType = cdb[1] >> 2 & 0x07  // EXPECTED SECTOR TYPE: any, or mode 1
    guard sectorType == 0 || sectorType == 2 else { return .finish(.checkCondition(.illegalModeForTrack)) }
    guard cdb[10] & 0x07 == 0 else { return reject(byte: 10, bit: 2) }  // SUB-CHANNEL SELECTION
    let range: (lba: UInt64, count: UInt64)
    if cdb.operationCode == 0xBE {
      range = (UInt64(cdb.uint32(at: 2)), UInt64(cdb.uint24(at: 6)))
    } else {
      guard let start = MediumAddress.block(bits: cdb.uint24(at: 3)) else { return reject(byte: 3) }
      guard let end = MediumAddress.block(bits: cdb.uint24(at: 6)), end >= start else {
        return reject(byte: 6)
      }
      range = (start, end - start)
    }
    guard let extent = extent(range.lba, range.count, unit) else {
      return .finish(.checkCondition(.outOfRange(range.lba)))
    }
    switch cdb[9] & 0xFE {  // what of each sector
    case 0x00: return .finish(.good)
    case 0x10: return send(extent, of: unit)
    default: return reject(byte: 9, bit: 7)
    }
  }
}

extension Sense {
  fileprivate static var illegalModeForTrack: Sense { Sense(key: 0x5, code: 0x6400) }
}
