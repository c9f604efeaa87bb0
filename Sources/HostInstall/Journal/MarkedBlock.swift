/// Our lines in a file that belongs to someone else.
public enum MarkedBlock {
  static let begin = "### BEGIN ramdisk-install ###"
  static let end = "### END ramdisk-install ###"

  /// `text` with the block, in place of the one it has or at its end.
  public static func inserting(_ block: String, into text: String) -> String {
    let rest = removing(from: text)
    let separator = rest.isEmpty || rest.hasSuffix("\n") ? "" : "\n"
    return rest + separator + begin + "\n" + block + (block.hasSuffix("\n") ? "" : "\n") + end + "\n"
  }

  /// `text` without the block.
  public static func removing(from text: String) -> String {
    var kept: [Substring] = []
    var inside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == begin { inside = true }
      if !inside { kept.append(line) }
      if line == end { inside = false }
    }
    return kept.joined(separator: "\n")
  }

  /// The lines of the block; nil when there is none.
  public static func content(of text: String) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.firstIndex(of: Substring(begin)),
      let last = lines[first...].firstIndex(of: Substring(end))
    else { return nil }
    return lines[(first + 1)..<last].joined(separator: "\n")
  }
}
