import CCRC32C
import ISCSI
import Testing

@Suite struct CRC32CTests {
  @Test(
    .enabled(if: crc32c_available() != 0),
    arguments: [0, 1, 7, 8, 9, 2047, 2048, 2049, 2560, 3071, 3072, 3073, 6144, 65_535])
  func hardwareAgreesWithTheTable(length: Int) {
    let bytes = (0..<(length + 1)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      // An odd address, and a checksum that goes on from another.
      let start = CRC32C.portable(0, base, 1)
      let expected = CRC32C.portable(start, base + 1, length)
      #expect(crc32c_hardware(start, base + 1, length) == expected)
      #expect(crc32c_instruction(start, base + 1, length) == expected)
    }
  }
}
