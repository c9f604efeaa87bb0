import FoundationEssentials

/// The values of JSON5 literals, by Foundation's decoder.
enum JSON5Scalar {
  /// The text that a quoted literal stands for; nil where an escape in it is wrong.
  static func text(_ literal: [UInt8]) -> String? { decode(literal) }

  /// The value of a number; nil where it is none.
  static func number(_ literal: [UInt8]) -> Double? { decode(literal) }

  /// The value of a whole number; nil where it is none or does not fit.
  static func integer(_ literal: [UInt8]) -> Int? { decode(literal) }

  private static func decode<Value: Decodable>(_ literal: [UInt8]) -> Value? {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    return try? decoder.decode(Value.self, from: Data(literal))
  }
}
