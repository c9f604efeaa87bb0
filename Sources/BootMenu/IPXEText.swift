/// Text of others made harmless for a line of an iPXE script.
///
/// iPXE splits a line at white space, then takes `#…` as a comment and `||`, `&&` and `;` as ends of the command, then
/// expands `${…}` in each word, again and again until none is left; a line that ends in `\` goes on in the next one.
/// There are no quotes and no escapes.
enum IPXEText {
  /// Words that stay words, and show what was written as nearly as iPXE can.
  static func words(_ text: String) -> String { wordList(text).joined(separator: " ") }

  /// The same one by one.
  ///
  /// Scalars, not characters: iPXE sees bytes, but a space with a mark before or after it is no space to Swift.
  static func wordList(_ text: String) -> [String] {
    text.unicodeScalars.split { $0.properties.isWhitespace || $0.value <= 0x20 }
      .map { word($0) }.filter { !$0.isEmpty }
  }

  private static func word(_ text: Substring.UnicodeScalarView) -> String {
    var word = ""
    for scalar in text where scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) {
      // Without its dollar sign nothing is expanded: no kernel and no title needs "${".
      while scalar == "{", word.unicodeScalars.last == "$" { word.unicodeScalars.removeLast() }
      word.unicodeScalars.append(scalar)
    }
    // The kernel, systemd and dracut take the quotes away again.
    let isOperator =
      ["||", "&&", ";"].contains(word) || word.unicodeScalars.first == "#" || word.unicodeScalars.last == "\\"
    return isOperator ? "\"\(word)\"" : word
  }

  /// A command that gives a setting exactly this text.
  static func set(_ setting: String, to text: String) -> String {
    let isPlain =
      words(text) == text && !text.hasPrefix("-") && !text.hasPrefix(":") && !text.contains("${")
      && text.unicodeScalars.allSatisfy(\.isASCII) && !text.isEmpty
    if isPlain { return "set \(setting) \(text)" }
    let bytes = text.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return bytes.isEmpty ? "clear \(setting)" : "set \(setting):hexhyp \(bytes.joined(separator: "-"))"
  }
}
