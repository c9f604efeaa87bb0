/// CRC32C of the header and data digests (RFC 7143 13.1, polynomial 1EDC6F41h reflected).
///
/// The service hands in a faster function of the same type where the processor has one.
public enum CRC32C {
  /// Continues a checksum over `count` more bytes. Start with 0.
  public typealias Function = @Sendable (_ crc: UInt32, _ bytes: UnsafeRawPointer, _ count: Int) -> UInt32

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0x82f6_3b78 ^ (crc >> 1) : crc >> 1 }
  }

  /// The portable version: one table lookup a byte.
  public static let portable: Function = { crc, bytes, count in
    var crc = ~crc
    table.withUnsafeBufferPointer { table in
      for offset in 0..<count {
        crc = table[Int((crc ^ UInt32(bytes.byte(offset))) & 0xff)] ^ (crc >> 8)
      }
    }
    return ~crc
  }
}
