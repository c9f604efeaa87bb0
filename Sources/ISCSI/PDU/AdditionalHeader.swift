/// The additional header segments of a SCSI Command (RFC 7143 11.2.2).
public struct AdditionalHeaders: Hashable, Sendable {
  /// Expected length of the Data-In of a bidirectional command (11.2.2.4).
  public var bidirectionalReadLength: UInt32?
  /// Bytes of the CDB beyond the sixteenth (11.2.2.3).
  public var extendedCDBLength = 0

  /// nil when a segment is longer than what is there, or repeated.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    var offset = 0
    while offset < bytes.count {
      guard bytes.count - offset >= 4 else { return nil }
      let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      // AHSLength counts the specific field: from byte 3 on, the reserved byte included.
      let end = offset + 3 + paddedLength(length + 3) - 3
      guard length >= 1, end <= bytes.count else { return nil }
      switch bytes[offset + 2] & 0x3f {
      case 1:
        guard extendedCDBLength == 0, length > 1 else { return nil }
        extendedCDBLength = length - 1
      case 2:
        guard bidirectionalReadLength == nil, length == 5 else { return nil }
        bidirectionalReadLength = bytes[(offset + 4)..<(offset + 8)].reduce(0) { $0 << 8 | UInt32($1) }
      default: break
      }
      offset = end
    }
  }
}
