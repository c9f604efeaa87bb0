/// A place in a text: both count from 1, columns in characters.
public struct TextPosition: Hashable, Sendable, Comparable {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static func < (a: TextPosition, b: TextPosition) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// A value of a JSON5 text together with where it stands.
///
/// Scalars keep their text: `JSONDecoder` knows what a number or a string means, this tree knows where it is.
struct JSON5Node: Sendable {
  enum Content: Sendable {
    case object([Member])
    case array([JSON5Node])
    case string([UInt8])
    case number([UInt8])
    case boolean([UInt8])
    case null
  }

  struct Member: Sendable {
    let key: String
    let position: TextPosition
    let value: JSON5Node
  }

  let position: TextPosition
  let content: Content

  /// What a person would call this kind of value.
  var kind: String {
    switch content {
    case .object: "an object"
    case .array: "a list"
    case .string: "a text"
    case .number: "a number"
    case .boolean: "true or false"
    case .null: "null"
    }
  }
}

/// The first place where a text stops being JSON5.
struct JSON5SyntaxError: Error, Hashable {
  let position: TextPosition
  let message: String
  let advice: String
}
