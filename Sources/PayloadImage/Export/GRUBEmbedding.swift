/// GRUB in the boot sectors of a disk with a GUID partition table: what grub-install writes, by the layout of
/// `boot.img` and `diskboot.img` (GRUB's grub-core/boot/i386/pc/boot.S and diskboot.S).
enum GRUBEmbedding {
  static let sectorSize = 512
  /// Room for code in a master boot record; what follows is the disk's signature and its partition table.
  static let codeSize = 440
  /// Where `boot.img` keeps the sector, 8 bytes, that it loads.
  private static let coreSectorOffset = 0x5C
  /// The end of the core's first sector says what to load: sector, 8 bytes; number of sectors, 2; segment, 2.
  private static let blockListOffset = sectorSize - 12

  /// The code of a master boot record that loads the core at sector `start`.
  ///
  /// - Returns: nil where `image` is no `boot.img`.
  static func bootCode(_ image: [UInt8], coreAt start: Int) -> [UInt8]? {
    guard image.count == sectorSize, image[510] == 0x55, image[511] == 0xAA else { return nil }
    var code = Array(image[..<codeSize])
    code.replaceSubrange(coreSectorOffset..<coreSectorOffset + 8, with: littleEndian(start, width: 8))
    return code
  }

  /// The core, told that it lies in one piece at sector `start`.
  ///
  /// - Returns: nil where `image` is no core.
  static func core(_ image: [UInt8], at start: Int) -> [UInt8]? {
    guard image.count > sectorSize else { return nil }
    var core = image + [UInt8](repeating: 0, count: -image.count & (sectorSize - 1))
    let count = core.count / sectorSize - 1
    // The number of sectors was written by grub-mkimage; another one would mean that this is not the layout.
    guard core.integer(at: blockListOffset + 8, width: 2) == count else { return nil }
    core.replaceSubrange(blockListOffset..<blockListOffset + 8, with: littleEndian(start + 1, width: 8))
    return core
  }
}
