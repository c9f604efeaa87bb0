/// What GRUB keeps beside the kernels: its environment block and its menu.
enum GrubFiles {
  /// The variables of an environment block (`grubenv`): lines of `NAME=VALUE`, backslash escapes, padded with `#`.
  static func environment(_ text: String) -> [String: String] {
    var variables: [String: String] = [:]
    var unescaped = ""
    var isEscaped = false
    func store() {
      if let equals = unescaped.firstIndex(of: "="), !unescaped.hasPrefix("#") {
        variables[String(unescaped[..<equals])] = String(unescaped[unescaped.index(after: equals)...])
      }
      unescaped = ""
    }
    for character in text {
      if isEscaped {
        unescaped.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character.isNewline {
        store()
      } else {
        unescaped.append(character)
      }
    }
    store()
    return variables
  }

  /// The command lines in a `grub.cfg`, by file name of the kernel; the first one of each kernel, which is the
  /// normal and not the recovery one.
  static func commandLines(_ text: String) -> [String: String] {
    var lines: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split { $0 == " " || $0 == "\t" }
      guard words.count > 1, ["linux", "linux16", "linuxefi"].contains(words[0]),
        let kernel = words[1].split(separator: "/").last.map(String.init), lines[kernel] == nil
      else { continue }
      lines[kernel] = words.dropFirst(2).filter { !$0.contains("$") }.joined(separator: " ")
    }
    return lines
  }
}
