/// A logical unit number and its eight bytes on the wire (SAM-5 4.7).
public struct LogicalUnitNumber: Hashable, Comparable, Sendable {
  /// 0...16383.
  public let value: UInt16

  /// - Returns: nil above 16383, the last that the flat format can say.
  public init?(_ value: Int) {
    guard (0...0x3FFF).contains(value) else { return nil }
    self.value = UInt16(truncatingIfNeeded: value)
  }

  /// Reads the wire format: single level, peripheral device or flat space addressing.
  ///
  /// - Returns: nil for every other format, which addresses nothing that this target has.
  public init?(wire: UInt64) {
    guard wire & 0x0000_FFFF_FFFF_FFFF == 0 else { return nil }
    let first = UInt16(truncatingIfNeeded: wire >> 48)
    switch first >> 14 {
    case 0 where first < 0x100: value = first
    case 1: value = first & 0x3FFF
    default: return nil
    }
  }

  /// The wire format, big-endian: peripheral device addressing up to 255, flat space addressing above.
  public var wire: UInt64 { UInt64(value < 0x100 ? value : value | 0x4000) << 48 }

  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
