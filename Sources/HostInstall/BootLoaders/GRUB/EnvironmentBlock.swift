/// GRUB's environment block: a file of 1024 bytes, a signature line, `name=value` lines, filled up with `#`.
struct EnvironmentBlock: Hashable {
  static let signature = "# GRUB Environment Block\n"
  static let size = 1024

  private var lines: [String]

  /// nil when `text` is none.
  init?(_ text: String) {
    guard text.hasPrefix(EnvironmentBlock.signature) else { return nil }
    lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("=") }.map(String.init)
  }

  subscript(name: String) -> String? {
    lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
  }

  /// Without the variable `name`.
  func removing(_ name: String) -> EnvironmentBlock {
    var block = self
    block.lines.removeAll { $0.hasPrefix(name + "=") }
    return block
  }

  /// As GRUB wants it: filled up to its size.
  var text: String {
    let head = EnvironmentBlock.signature + lines.map { $0 + "\n" }.joined()
    return head + String(repeating: "#", count: max(0, EnvironmentBlock.size - head.utf8.count))
  }
}
