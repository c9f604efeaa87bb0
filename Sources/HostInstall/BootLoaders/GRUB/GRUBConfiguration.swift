/// What can be read from a generated `grub.cfg` without running it.
struct GRUBConfiguration {
  private let lines: [Substring]

  init(_ text: String) { lines = text.split(separator: "\n") }

  /// What the first `linux` command outside recovery entries gives to its kernel. Variables are taken as empty.
  var firstKernelParameters: String? {
    for line in lines {
      let words = GRUBConfiguration.words(line)
      guard let command = words.first, ["linux", "linux16", "linuxefi"].contains(command), words.count >= 2,
        !words.contains("single"), !words.contains("recovery"), !words[1].hasSuffix(".elf")
      else { continue }
      return words.dropFirst(2).filter { !$0.isEmpty }.joined(separator: " ")
    }
    return nil
  }

  /// Splits as GRUB's shell does: blanks separate, quotes and backslashes protect, `$name` is a variable.
  static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var current: String?
    var quote: Character?
    var rest = line[...]
    while let character = rest.popFirst() {
      switch (character, quote) {
      case (let end, let open?) where end == open: quote = nil
      case ("\\", let open) where open != "'":
        if let next = rest.popFirst() { current = (current ?? "") + String(next) }
      case ("$", let open) where open != "'":
        if rest.first == "{" {
          rest = rest.drop { $0 != "}" }.dropFirst()
        } else {
          rest = rest.drop { $0.isLetter || $0.isNumber || $0 == "_" }
        }
        current = current ?? ""
      case ("'", nil), ("\"", nil):
        quote = character
        current = current ?? ""
      case (let blank, nil) where blank == " " || blank == "\t":
        if let word = current { words.append(word) }
        current = nil
      default: current = (current ?? "") + String(character)
      }
    }
    if let word = current { words.append(word) }
    return words
  }
}
