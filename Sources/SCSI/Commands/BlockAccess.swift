import Synchronization

extension CommandExecution {
  /// Logical block address and number of blocks of a READ, a WRITE, or a command laid out alike (SBC-3 5).
  @inline(__always) var blockRange: (lba: UInt64, count: UInt64) {
    switch cdb.operationCode >> 5 {
    case 0:
      // A TRANSFER LENGTH of 0 means 256 in the 6-byte commands alone (SBC-3 5.8).
      let count = UInt64(cdb[4])
      return (UInt64(cdb.uint24(at: 1) & 0x1F_FFFF), count == 0 ? 256 : count)
    case 1, 2: return (UInt64(cdb.uint32(at: 2)), UInt64(cdb.uint16(at: 7)))
    case 5: return (UInt64(cdb.uint32(at: 2)), UInt64(cdb.uint32(at: 6)))
    default: return (cdb.uint64(at: 2), UInt64(cdb.uint32(at: 10)))
    }
  }

  /// The extent of `count` blocks from `lba`, or nil where it is not wholly inside the medium.
  @inline(__always) func extent(_ lba: UInt64, _ count: UInt64, _ unit: LogicalUnit) -> MediumExtent? {
    let blocks = unit.blockCount
    guard lba <= blocks, count <= blocks &- lba else { return nil }
    // The medium ends below 2^63 bytes (MediumGeometry): no bit is shifted out.
    return MediumExtent(
      offset: lba &<< unit.blockShift, length: Int(truncatingIfNeeded: count &<< unit.blockShift))
  }

  /// Sense data for a step that the backing failed (SPC-4 4.5.6, SBC-3 4.18).
  func failure(_ errno: Int32, _ unit: LogicalUnit) -> Sense {
    // PERSISTENT RESERVE OUT: it was the file of the reservations, and nothing has changed.
    if cdb.operationCode == 0x5F { return .internalTargetFailure }
    // SANITIZE: it has failed, or could not begin, and then the unit is as it was.
    if cdb.operationCode == 0x48 {
      let hasBegun = unit.shared.withLock { $0.hindrance != nil }
      return hasBegun ? .sanitizeFailed : .internalTargetFailure
    }
    let block = cursor.offset >> unit.blockShift
    switch errno {
    case 28, 122: return Sense(key: 0x7, code: 0x2707)  // ENOSPC, EDQUOT: SPACE ALLOCATION FAILED
    case 30, 1: return .writeProtected  // EROFS, EPERM
    case 19, 6: return Sense(key: 0x2, code: 0x0400)  // ENODEV, ENXIO: the disk is gone
    case 5, 61, 74, 84, 121:
      if mediumErrorCode == 0x1100 {
        unit.readErrors.wrappingAdd(1, ordering: .relaxed)
      } else {
        unit.writeErrors.wrappingAdd(1, ordering: .relaxed)
      }
      return Sense(key: 0x3, code: mediumErrorCode, information: block)
    default: return Sense(key: 0x4, code: 0x4400, information: block)
    }
  }

  /// UNRECOVERED READ ERROR where the failed step read, WRITE ERROR where it wrote or flushed.
  private var mediumErrorCode: UInt16 {
    switch Command(cdb) {
    case .read6, .read10, .read12, .read16, .readCD, .readCDMSF: 0x1100
    default: phase == .loaded ? 0x1100 : 0x0C00
    }
  }
}
