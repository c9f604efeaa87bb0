/// The order of version texts: numbers by value, everything else by character.
enum VersionOrder {
  static func precedes(_ a: String, _ b: String) -> Bool {
    for (x, y) in zip(parts(a), parts(b)) where x != y {
      if let left = Int(x), let right = Int(y) { return left < right }
      return x < y
    }
    return parts(a).count < parts(b).count
  }

  private static func parts(_ text: String) -> [String] {
    var parts: [String] = []
    for character in text {
      if let last = parts.last?.last, last.isNumber == character.isNumber {
        parts[parts.count - 1].append(character)
      } else {
        parts.append(String(character))
      }
    }
    return parts
  }
}
