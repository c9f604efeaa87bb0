/// Finds the structure of a JSON5 text (https://spec.json5.org): which value begins where.
///
/// Never traps: every index is compared with the end before use, and nesting is bounded.
struct JSON5Scanner {
  private let bytes: [UInt8]
  private var index = 0
  private var position = TextPosition(line: 1, column: 1)
  private var depth = 0
  private static let deepest = 32

  private init(_ text: String) { bytes = Array(text.utf8) }

  /// The document's one value.
  static func scan(_ text: String) throws(JSON5SyntaxError) -> JSON5Node {
    var scanner = JSON5Scanner(text)
    try scanner.skipBlanks()
    let root = try scanner.value()
    try scanner.skipBlanks()
    if let byte = scanner.peek() {
      throw scanner.failure(
        "\(Self.name(byte)) after the end of the configuration", "Delete it, or move it inside the braces.")
    }
    return root
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    index + offset < bytes.count ? bytes[index + offset] : nil
  }

  private mutating func advance() {
    guard index < bytes.count else { return }
    let byte = bytes[index]
    index += 1
    if byte == UInt8(ascii: "\n") || (byte == UInt8(ascii: "\r") && peek() != UInt8(ascii: "\n")) {
      position.line += 1
      position.column = 1
    } else if byte & 0xC0 != 0x80 {
      position.column += 1
    }
  }

  private func failure(_ message: String, _ advice: String, at place: TextPosition? = nil) -> JSON5SyntaxError
  {
    JSON5SyntaxError(position: place ?? position, message: message, advice: advice)
  }

  private static func name(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "an unexpected character"
  }

  private mutating func skipBlanks() throws(JSON5SyntaxError) {
    while let byte = peek() {
      switch byte {
      case 0x09...0x0D, 0x20:
        advance()
      case 0xC2 where peek(1) == 0xA0:
        for _ in 0..<2 { advance() }
      case 0xEF where peek(1) == 0xBB && peek(2) == 0xBF,
        0xE2 where peek(1) == 0x80 && Self.isSeparator(peek(2)):
        for _ in 0..<3 { advance() }
      case UInt8(ascii: "/"):
        try skipComment()
      default:
        return
      }
    }
  }

  /// U+2028 and U+2029, the last of their three bytes.
  private static func isSeparator(_ byte: UInt8?) -> Bool { byte == 0xA8 || byte == 0xA9 }

  private mutating func skipComment() throws(JSON5SyntaxError) {
    let start = position
    advance()
    if peek() == UInt8(ascii: "/") {
      while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { advance() }
    } else if peek() == UInt8(ascii: "*") {
      advance()
      while peek() != nil, !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { advance() }
      guard peek() != nil else {
        throw failure("a comment that is never closed", "End it with */.", at: start)
      }
      advance()
      advance()
    } else {
      throw failure("a single '/'", "Comments begin with // or /*.", at: start)
    }
  }

  private mutating func value() throws(JSON5SyntaxError) -> JSON5Node {
    let start = position
    guard let byte = peek() else {
      throw failure(
        "the text ends where a value is expected", "Complete it; see iscsi-target-ramdisk.json5(5).")
    }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard depth < Self.deepest else {
        throw failure("braces nested more than \(Self.deepest) deep", "No setting needs that: remove some.")
      }
      depth += 1
      defer { depth -= 1 }
      return JSON5Node(
        position: start,
        content: byte == UInt8(ascii: "{") ? .object(try members()) : .array(try elements()))
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return JSON5Node(position: start, content: .string(try quoted()))
    default:
      return JSON5Node(position: start, content: try word())
    }
  }

  private mutating func members() throws(JSON5SyntaxError) -> [JSON5Node.Member] {
    var members: [JSON5Node.Member] = []
    try items(closedBy: UInt8(ascii: "}")) { (scanner: inout JSON5Scanner) throws(JSON5SyntaxError) in
      let start = scanner.position
      let key = try scanner.key()
      try scanner.skipBlanks()
      guard scanner.peek() == UInt8(ascii: ":") else {
        throw scanner.failure("no ':' after \"\(key)\"", "Write \(key): VALUE.")
      }
      scanner.advance()
      try scanner.skipBlanks()
      members.append(JSON5Node.Member(key: key, position: start, value: try scanner.value()))
    }
    return members
  }

  private mutating func elements() throws(JSON5SyntaxError) -> [JSON5Node] {
    var elements: [JSON5Node] = []
    try items(closedBy: UInt8(ascii: "]")) { (scanner: inout JSON5Scanner) throws(JSON5SyntaxError) in
      elements.append(try scanner.value())
    }
    return elements
  }

  /// What stands between brackets: items with commas between them, and one more comma if wanted.
  private mutating func items(
    closedBy close: UInt8, _ item: (inout JSON5Scanner) throws(JSON5SyntaxError) -> Void
  ) throws(JSON5SyntaxError) {
    let start = position
    advance()
    while true {
      try skipBlanks()
      guard let byte = peek() else {
        throw failure(
          "a brace or bracket that is never closed", "Close it with \(Self.name(close)).", at: start)
      }
      if byte == close { break }
      try item(&self)
      try skipBlanks()
      guard let separator = peek() else { continue }
      guard separator == UInt8(ascii: ",") || separator == close else {
        throw failure(
          "\(Self.name(separator)) where ',' or \(Self.name(close)) is expected",
          "Put a comma between the values, and texts in quotes.")
      }
      if separator == UInt8(ascii: ",") { advance() }
    }
    advance()
  }

  private mutating func key() throws(JSON5SyntaxError) -> String {
    let start = position
    if peek() == UInt8(ascii: "\"") || peek() == UInt8(ascii: "'") {
      let literal = try quoted()
      guard let key = JSON5Scalar.text(literal) else {
        throw failure("a key that is not a valid text", "Look for a wrong backslash in it.", at: start)
      }
      return key
    }
    let first = index
    while let byte = peek(), Self.isWord(byte) { advance() }
    guard index > first else {
      throw failure(
        "\(peek().map(Self.name) ?? "the end") where a key is expected", "Write KEY: VALUE.", at: start)
    }
    return String(decoding: bytes[first..<index], as: UTF8.self)
  }

  private mutating func quoted() throws(JSON5SyntaxError) -> [UInt8] {
    let start = position
    let first = index
    let quote = bytes[index]
    advance()
    while let byte = peek() {
      advance()
      if byte == quote { return Array(bytes[first..<index]) }
      if byte == UInt8(ascii: "\\") {
        // A line continuation may be two bytes long.
        if peek() == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n") { advance() }
        advance()
      } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
        break
      }
    }
    throw failure(
      "a text that is never closed", "End it with \(Self.name(quote)) on the same line.", at: start)
  }

  private mutating func word() throws(JSON5SyntaxError) -> JSON5Node.Content {
    let start = position
    let first = index
    while let byte = peek(), Self.isWord(byte) || Self.isNumberMark(byte) { advance() }
    let word = Array(bytes[first..<index])
    switch String(decoding: word, as: UTF8.self) {
    case "true", "false": return .boolean(word)
    case "null": return .null
    case "":
      throw failure("\(peek().map(Self.name) ?? "the end") where a value is expected", "Write a value here.")
    default:
      guard JSON5Scalar.number(word) != nil else {
        // Its place, not the word: it may be a secret that lacks its quotes.
        throw failure("a word that is not a value", "Put texts in quotes: \"…\".", at: start)
      }
      return .number(word)
    }
  }

  private static func isNumberMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      true
    default: false
    }
  }
}
