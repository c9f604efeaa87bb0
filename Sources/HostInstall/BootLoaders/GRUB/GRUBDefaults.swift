/// `/etc/default/grub`: shell assignments that `grub-mkconfig` reads.
struct GRUBDefaults {
  private let values: [String: String]

  /// nil when there is no such file.
  init?(root: HostRoot, path: String) {
    guard let text = Files.text(root.resolve(path)) else { return nil }
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      let name = line[..<equals].trimming { $0.isWhitespace }
      values[name] = GRUBConfiguration.words(line[line.index(after: equals)...]).first ?? ""
    }
    self.values = values
  }

  /// What every regular entry gives to its kernel; the root is not in it.
  var commandLine: String {
    ["GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT"].compactMap { values[$0] }.filter { !$0.isEmpty }
      .joined(separator: " ")
  }
}

extension Substring {
  /// Without the characters at both ends that `condition` holds for.
  fileprivate func trimming(_ condition: (Character) -> Bool) -> String {
    String(drop(while: condition).reversed().drop(while: condition).reversed())
  }
}
