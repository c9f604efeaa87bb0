/// A mode page of a unit: its bytes now, and which bits of it MODE SELECT may change (SPC-4 7.5, SBC-3 6.5).
struct ModePage: Hashable {
  let current: [UInt8]
  let changeable: [UInt8]
  let defaults: [UInt8]

  /// PAGE CODE.
  var code: UInt8 { current[0] & 0x3F }

  /// The pages of `unit`, ascending by code.
  static func all(of unit: LogicalUnit) -> [ModePage] {
    unit.isMultimedia ? multimedia(unit) : [caching(unit), control(unit)]
  }

  /// Caching (08h): WCE may be switched, which makes every write durable or not.
  private static func caching(_ unit: LogicalUnit) -> ModePage {
    func page(_ flags: UInt8) -> [UInt8] { [0x08, 0x12, flags] + [UInt8](repeating: 0, count: 17) }
    let volatile = unit.configuration.hasVolatileWriteCache
    var changeable = page(volatile ? ModeBit.writeCacheEnable : 0)
    changeable[0] = 0x08
    return ModePage(
      current: page(unit.isWriteCacheEnabled ? ModeBit.writeCacheEnable : 0), changeable: changeable,
      defaults: page(volatile ? ModeBit.writeCacheEnable : 0))
  }

  /// Control (0Ah): D_SENSE and SWP may be switched; SIMPLE tasks are reordered at will (QUEUE ALGORITHM MODIFIER 1),
  /// and each nexus has a task set of its own (TST 001b).
  private static func control(_ unit: LogicalUnit) -> ModePage {
    func page(
      _ sense: Bool, _ modifier: UInt8, _ protect: Bool, _ busyTimeout: UInt8, _ taskSets: UInt8 = 0x20
    )
      -> [UInt8]
    {
      [
        0x0A, 0x0A, taskSets | (sense ? ModeBit.descriptorSense : 0), modifier,
        protect ? ModeBit.softwareWriteProtect : 0,
        0,
        0, 0, busyTimeout, busyTimeout, 0, 0,
      ]
    }
    let protected = unit.isWriteProtected && !unit.configuration.isWriteProtected
    return ModePage(
      current: page(unit.senseFormat == .descriptor, 0x10, protected, 0xFF),
      changeable: page(true, 0, true, 0, 0), defaults: page(false, 0x10, false, 0xFF))
  }

  /// Puts a page that was checked against `changeable` into force.
  static func apply(_ bytes: [UInt8], to unit: LogicalUnit) {
    guard bytes.count > 4 else { return }
    switch bytes[0] & 0x3F {
    case 0x08: unit.isWriteCacheEnabled = bytes[2] & ModeBit.writeCacheEnable != 0
    case 0x0A:
      unit.senseFormat = bytes[2] & ModeBit.descriptorSense != 0 ? .descriptor : .fixed
      unit.isWriteProtected = bytes[4] & ModeBit.softwareWriteProtect != 0
    default: break
    }
  }
}

/// Bits inside mode pages and the mode parameter header.
enum ModeBit {
  static let writeCacheEnable: UInt8 = 0x04
  static let descriptorSense: UInt8 = 0x04
  static let softwareWriteProtect: UInt8 = 0x08
  /// WP of the DEVICE-SPECIFIC PARAMETER (SBC-3 6.5.1).
  static let writeProtected: UInt8 = 0x80
  /// DPOFUA: the DPO and FUA bits are understood.
  static let dpoFUA: UInt8 = 0x10
}
