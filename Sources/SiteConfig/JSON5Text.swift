/// A JSON5 text literal.
func quoted(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": literal += "\\\""
    case "\\": literal += "\\\\"
    case "\n": literal += "\\n"
    case "\t": literal += "\\t"
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}":
      let digits = String(scalar.value, radix: 16)
      literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "\""
}

/// The same lines two columns further right.
func indented(_ lines: [String]) -> [String] { lines.map { $0.isEmpty ? "" : "  " + $0 } }

/// The lines with a comma after the last.
func closed(_ lines: [String]) -> [String] { lines.dropLast() + lines.suffix(1).map { $0 + "," } }

/// The lines with a text before the first.
func prefixed(_ prefix: String, _ lines: [String]) -> [String] {
  lines.prefix(1).map { prefix + $0 } + lines.dropFirst()
}

/// A text as comment lines of at most `width` columns.
func comment(_ text: String, width: Int = 96) -> [String] {
  var lines: [String] = []
  for word in text.split(separator: " ") {
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append("// " + word)
    }
  }
  return lines
}

/// The candidate that a mistyped word most likely stands for; nil when none is near.
func nearest(to word: String, among candidates: [String]) -> String? {
  let wanted = word.lowercased()
  // Longer words than any of ours cannot be near, and the distance costs their length squared.
  guard wanted.count <= 40 else { return nil }
  let distances = candidates.map { (name: $0, distance: editDistance(wanted, $0.lowercased())) }
  guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
  return best.distance <= min(3, max(1, best.name.count / 2)) ? best.name : nil
}

/// How many letters must be inserted, deleted or replaced to turn one word into the other (Levenshtein).
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  var row = Array(0...b.count)
  for (i, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == b[j] ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}
