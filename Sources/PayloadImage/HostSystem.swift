import Linux
import SystemPackage

/// What the build host is, by os-release(5).
struct HostSystem {
  /// `debian`, `fedora`, ...
  var distribution: String
  /// Code name of the suite it runs; empty where the distribution has none.
  var codename: String

  init(osRelease text: String) {
    var values: [Substring: String] = [:]
    for line in text.split(separator: "\n") {
      let pair = line.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      values[pair[0]] = String(pair[1].filter { $0 != "\"" && $0 != "'" })
    }
    distribution = values["ID"] ?? "linux"
    codename = values["VERSION_CODENAME"] ?? ""
  }

  static func current() throws(SystemError) -> HostSystem {
    HostSystem(osRelease: try Files.text("/etc/os-release"))
  }
}
