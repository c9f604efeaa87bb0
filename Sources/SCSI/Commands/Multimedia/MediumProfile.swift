/// What kind of disc an image counts as: the CURRENT PROFILE (MMC-6 5.4).
enum MediumProfile: UInt16, Hashable, CaseIterable {
  case dvdROM = 0x0010
  case cdROM = 0x0008

  /// Blocks of a compact disc of 80 minutes; what is larger counts as a DVD.
  static let largestCD: UInt64 = 80 * 60 * 75

  /// The profile of the medium that `unit` holds.
  init(of unit: LogicalUnit) { self = unit.blockCount > Self.largestCD ? .dvdROM : .cdROM }
}
