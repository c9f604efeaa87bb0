/// The mode pages of a CD/DVD drive: nothing of them can be changed (MMC-6 7.2).
extension ModePage {
  static func multimedia(_ unit: LogicalUnit) -> [ModePage] {
    [
      // Read/write error recovery: everything as by default, and no retries of its own.
      fixed([0x01, 0x0A] + [UInt8](repeating: 0, count: 10)),
      capabilities(isLocked: unit.isRemovalPrevented),
    ]
  }

  /// C/DVD capabilities and mechanical status (2Ah): legacy, but what Linux looks at.
  private static func capabilities(isLocked: Bool) -> ModePage {
    let speed: [UInt8] = [0x21, 0x00]  // 48 x 176 kB/s: nothing rotates
    return fixed(
      [0x2A, 0x14]
        + [0x0B, 0x00]  // reads CD-R, CD-RW, DVD-ROM; writes nothing
        + [0x00, 0x00]  // no audio
        + [isLocked ? 0x2B : 0x29, 0x00]  // a tray that ejects and locks
        + speed + [0, 0]  // no volume levels
        + [0x08, 0x00]  // BUFFER SIZE in KiB
        + speed + [UInt8](repeating: 0, count: 6))
  }

  private static func fixed(_ bytes: [UInt8]) -> ModePage {
    let changeable = bytes.prefix(2) + [UInt8](repeating: 0, count: bytes.count - 2)
    return ModePage(current: bytes, changeable: Array(changeable), defaults: bytes)
  }
}
