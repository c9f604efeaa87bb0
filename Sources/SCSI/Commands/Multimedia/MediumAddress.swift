/// A place on a compact disc as minute, second and frame (1/75 s): block 0 lies two seconds in (MMC-6 4.2.3.6).
struct MediumAddress: Hashable {
  private static let framesPerSecond: UInt64 = 75
  private static let leadIn: UInt64 = 2 * framesPerSecond
  /// 99:59:74, the last that can be said.
  private static let lastFrame: UInt64 = 100 * 60 * framesPerSecond - 1

  let minute: UInt8
  let second: UInt8
  let frame: UInt8

  /// The address of a block; blocks too far out get the last address there is.
  init(block: UInt64) {
    let frames = min(block, Self.lastFrame - Self.leadIn) + Self.leadIn
    frame = UInt8(truncatingIfNeeded: frames % Self.framesPerSecond)
    second = UInt8(truncatingIfNeeded: frames / Self.framesPerSecond % 60)
    minute = UInt8(truncatingIfNeeded: frames / Self.framesPerSecond / 60)
  }

  /// The block at an address of a descriptor block, 24 bits from `bits`; nil before block 0 and for nonsense.
  static func block(bits: UInt32) -> UInt64? {
    let (minute, second, frame) = (UInt64(bits >> 16 & 0xFF), UInt64(bits >> 8 & 0xFF), UInt64(bits & 0xFF))
    guard second < 60, frame < framesPerSecond else { return nil }
    let frames = (minute * 60 + second) * framesPerSecond + frame
    return frames < leadIn ? nil : frames - leadIn
  }

  var bytes: [UInt8] { [minute, second, frame] }
}
