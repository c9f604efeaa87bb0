/// Numbers and binary values as text (RFC 7143 6.1).
enum BinaryValue {
  /// A decimal or `0x` hexadecimal number.
  static func number(_ text: String) -> UInt64? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
    guard text.first?.isNumber == true else { return nil }
    return UInt64(text)
  }

  /// Bytes written as `0x` hexadecimal or `0b` base 64, at most `limit` of them.
  static func bytes(_ text: String, limit: Int) -> [UInt8]? {
    let body = Array(text.utf8.dropFirst(2))
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      guard !body.isEmpty, body.count <= limit * 2 else { return nil }
      return hexadecimal(body)
    }
    guard text.hasPrefix("0b") || text.hasPrefix("0B"), body.count <= (limit + 2) / 3 * 4,
      let bytes = base64(body), !bytes.isEmpty, bytes.count <= limit
    else { return nil }
    return bytes
  }

  /// `0x` and two lower-case digits a byte: the form that every initiator reads.
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let body = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return "0x" + String(decoding: body, as: UTF8.self)
  }

  private static func hexadecimal(_ digits: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    // An odd number of digits leaves out a leading zero.
    var pending: UInt8? = digits.count.isMultiple(of: 2) ? nil : 0
    for digit in digits {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
      if let high = pending {
        bytes.append(high << 4 | UInt8(value))
        pending = nil
      } else {
        pending = UInt8(value)
      }
    }
    return bytes
  }

  private static func base64(_ characters: [UInt8]) -> [UInt8]? {
    let digits = characters.prefix { $0 != UInt8(ascii: "=") }
    guard characters.count.isMultiple(of: 4), characters.count - digits.count <= 2,
      characters.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") })
    else { return nil }
    var bytes: [UInt8] = []
    var accumulator: UInt32 = 0
    var bits = 0
    for digit in digits {
      guard let value = sextet(digit) else { return nil }
      accumulator = accumulator << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
      }
    }
    return bytes
  }

  private static func sextet(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - 65)
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - 71)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character + 4)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
