/// Our lines in a file that belongs to someone else. It is taken as bytes: its encoding is not ours to know.
public enum MarkedBlock {
  public static let begin = "### BEGIN ramdisk-install ###"
  public static let end = "### END ramdisk-install ###"

  private static let newline = UInt8(ascii: "\n")

  /// `bytes` with the block, in place of the one it has or at its end; nil where `removing` is.
  public static func inserting(_ block: String, into bytes: [UInt8]) -> [UInt8]? {
    guard let rest = removing(from: bytes) else { return nil }
    let separator = rest.isEmpty || rest.last == newline ? "" : "\n"
    let ours = separator + begin + "\n" + block + (block.hasSuffix("\n") ? "" : "\n") + end + "\n"
    return rest + Array(ours.utf8)
  }

  /// `bytes` without the block; nil where a beginning has no end or an end no beginning: nobody knows then which lines
  /// are ours.
  public static func removing(
    from bytes: [UInt8], begin: String = MarkedBlock.begin, end: String = MarkedBlock.end
  ) -> [UInt8]? {
    var kept: [ArraySlice<UInt8>] = []
    var inside = false
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false) {
      if line.elementsEqual(begin.utf8) || line.elementsEqual(end.utf8) {
        guard line.elementsEqual(end.utf8) == inside else { return nil }
        inside.toggle()
      } else if !inside {
        kept.append(line)
      }
    }
    return inside ? nil : Array(kept.joined(separator: [newline]))
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

/// One of the lines around our block is missing.
public struct BrokenBlock: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public var description: String {
    "\(path) has only one of the lines '\(MarkedBlock.begin)' and '\(MarkedBlock.end)', so that our lines cannot be told from others and it stays as it is: delete our entries and that line"
  }
}
