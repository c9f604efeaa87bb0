/// The 16 bytes of the CDB field (RFC 7143 11.3.5); shorter CDBs are followed by zeros.
///
/// Longer ones continue in an additional header segment; their first byte, 7Fh, is in here all the same.
public struct CommandDescriptorBlock: Hashable, Sendable {
  /// Bytes 0...7, byte 0 in the most significant place.
  public var high: UInt64
  /// Bytes 8...15.
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Takes up to 16 bytes.
  public init(_ bytes: some Sequence<UInt8>) {
    self.init(high: 0, low: 0)
    for (index, byte) in bytes.prefix(16).enumerated() {
      let shifted = UInt64(byte) << UInt64(56 - 8 * (index % 8))
      if index < 8 { high |= shifted } else { low |= shifted }
    }
  }

  /// Hands the 16 bytes out in their order.
  @inline(__always)
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let words = (high.bigEndian, low.bigEndian)
    return withUnsafeBytes(of: words) { body($0) }
  }
}
