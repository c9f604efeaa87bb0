/// The link-layer address of a client: `chaddr` with its type (RFC 2131 2).
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
  /// ARP hardware type; 1 is Ethernet.
  public let type: UInt8
  /// At most 16 bytes.
  public let bytes: [UInt8]

  /// Cuts `bytes` to the 16 that `chaddr` holds.
  public init(type: UInt8 = 1, bytes: some Sequence<UInt8>) {
    self.type = type
    self.bytes = Array(bytes.prefix(16))
  }

  /// `aa:bb:cc:dd:ee:ff`, lower case.
  public var description: String { bytes.map { $0.hexadecimal }.joined(separator: ":") }
}

extension UInt8 {
  /// Two lower-case digits.
  var hexadecimal: String {
    let digits = String(self, radix: 16)
    return digits.utf8.count == 1 ? "0" + digits : digits
  }
}
