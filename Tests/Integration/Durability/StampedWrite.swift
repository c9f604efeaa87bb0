import ISCSI

/// Commands on sectors that tell which version of themselves they are.
enum StampedWrite {
  static func data(_ sectors: Range<Int>, version: UInt32) -> [UInt8] {
    sectors.flatMap { StampedSector.bytes(number: $0, version: version) }
  }

  /// WRITE (10), with FUA where `durable`.
  static func command(_ sectors: Range<Int>, durable: Bool) -> CommandDescriptorBlock {
    let first = sectors.lowerBound
    let bytes = [first >> 24, first >> 16, first >> 8, first].map { UInt8(truncatingIfNeeded: $0) }
    return CommandDescriptorBlock([0x2A, durable ? 0x08 : 0] + bytes + [0, 0, UInt8(sectors.count), 0])
  }

  /// SYNCHRONIZE CACHE (10) of the whole unit.
  static let synchronize = CommandDescriptorBlock([0x35])
}
