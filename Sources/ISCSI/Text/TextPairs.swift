/// One `key=value` of a text segment (RFC 7143 6.1).
public struct TextPair: Hashable, Sendable {
  public var key: String
  public var value: String

  public init(_ key: String, _ value: String) {
    self.key = key
    self.value = value
  }
}

/// Why a text segment cannot be read.
public enum TextError: Error, Hashable, Sendable {
  /// A pair without `=`, or with an empty key.
  case malformedPair
  /// Keys are at most 63 bytes (6.1).
  case keyTooLong
  /// Keys and values are UTF-8 without control characters here.
  case notText
  /// The whole text is longer than the limit.
  case tooLong
}

/// Reads and writes text segments: `key=value` pairs, each ended by a zero byte.
public enum TextSegment {
  /// The pairs of a whole text, in order. A missing last zero byte is forgiven, as are empty strings between pairs.
  public static func decode(_ bytes: [UInt8]) throws(TextError) -> [TextPair] {
    var pairs: [TextPair] = []
    for piece in bytes.split(separator: 0) {
      guard let equals = piece.firstIndex(of: UInt8(ascii: "=")), equals > piece.startIndex else {
        throw .malformedPair
      }
      guard equals - piece.startIndex <= 63 else { throw .keyTooLong }
      guard piece.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }),
        let key = String(validating: piece[..<equals], as: UTF8.self),
        let value = String(validating: piece[(equals + 1)...], as: UTF8.self)
      else { throw .notText }
      pairs.append(TextPair(key, value))
    }
    return pairs
  }

  /// The bytes of the pairs.
  public static func encode(_ pairs: [TextPair]) -> [UInt8] {
    pairs.flatMap { Array($0.key.utf8) + [UInt8(ascii: "=")] + Array($0.value.utf8) + [0] }
  }
}

/// Gathers a text that is spread over several requests by the C bit (6.2).
public struct TextAssembler: Hashable, Sendable {
  /// Longest text accepted, in bytes, over all its requests.
  public let limit: Int
  private var bytes: [UInt8] = []

  public init(limit: Int) { self.limit = limit }

  /// Adds one data segment.
  ///
  /// - Returns: the pairs once the text is whole; nil while `isContinued`.
  public mutating func add(_ segment: UnsafeRawBufferPointer, isContinued: Bool) throws(TextError)
    -> [TextPair]?
  {
    guard segment.count <= limit - bytes.count else { throw .tooLong }
    bytes.append(contentsOf: segment)
    if isContinued { return nil }
    defer { bytes = [] }
    return try TextSegment.decode(bytes)
  }
}
