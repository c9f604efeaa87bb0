/// What tells a store from every other, the same after each restart.
public struct BlockStoreIdentity: Hashable, Sendable {
  /// Unit serial number: 20 hexadecimal digits.
  public let serialNumber: String
  /// NAA identifier, type 3h (locally assigned, SPC-4 7.8.6.6.4).
  public let naa: UInt64

  /// Derives both from a text that names the disk and its server.
  public init(seed: String) {
    let first = Self.hash(seed, basis: 0xCBF2_9CE4_8422_2325)
    let second = Self.hash(seed, basis: 0x9AE1_6A3B_2F90_404F)
    naa = 0x3 << 60 | first >> 4
    serialNumber = Self.hexadecimal(first, digits: 16) + Self.hexadecimal(second >> 48, digits: 4)
  }

  /// FNV-1a with a finalizer that spreads every bit: names need no secrecy, only difference.
  private static func hash(_ text: String, basis: UInt64) -> UInt64 {
    var state = basis
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    state = (state ^ state >> 27) &* 0x94D0_49BB_1331_11EB
    return state ^ state >> 31
  }

  private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
