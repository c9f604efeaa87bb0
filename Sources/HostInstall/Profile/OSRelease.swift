/// The distribution, as `os-release` (freedesktop.org, os-release(5)) tells it.
public struct OSRelease: Codable, Hashable, Sendable {
  public var id: String = "linux"
  /// Distributions that it is derived from, the closest first.
  public var idLike: [String] = []
  public var name: String = "Linux"
  /// Empty where there is none (Debian unstable, Arch).
  public var version: String = ""

  /// Parses the text of the file: `KEY=value` a line, values quoted as in shells.
  public init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      guard let equals = line.firstIndex(of: "="), !line.hasPrefix("#") else { continue }
      let value = OSRelease.unquoted(line[line.index(after: equals)...])
      switch line[..<equals] {
      case "ID": id = value
      case "ID_LIKE": idLike = value.split(separator: " ").map(String.init)
      case "PRETTY_NAME": name = value
      case "VERSION_ID": version = value
      default: break
      }
    }
  }

  /// Reads the file of a system.
  public init(of root: HostRoot) {
    let text = ["/etc/os-release", "/usr/lib/os-release"].lazy.compactMap { Files.text(root.resolve($0)) }
      .first
    self.init(text ?? "")
  }

  private static func unquoted(_ text: Substring) -> String {
    guard let quote = text.first, quote == "\"" || quote == "'", text.count >= 2, text.last == quote else {
      return String(text)
    }
    var result = ""
    var escaped = false
    for character in text.dropFirst().dropLast() {
      if character == "\\" && !escaped && quote == "\"" {
        escaped = true
      } else {
        result.append(character)
        escaped = false
      }
    }
    return result
  }
}
