/// As much of an ELF file's header as tells whether the program is static (elf(5)).
struct ELFHeader {
  /// No program header asks for a dynamic loader.
  let isStatic: Bool

  /// nil for anything but a little-endian 64-bit program for x86-64.
  init?(_ bytes: [UInt8]) {
    func number(_ offset: Int, _ length: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - length else { return nil }
      return Int(
        truncatingIfNeeded: (0..<length).reduce(UInt64(0)) {
          $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1))
        })
    }
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), number(18, 2) == 62,
      let start = number(32, 8), let size = number(54, 2), let count = number(56, 2), start < bytes.count
    else { return nil }
    let interpreter = 3
    isStatic = !(0..<count).contains { number(start + $0 * size, 4) == interpreter }
  }
}
