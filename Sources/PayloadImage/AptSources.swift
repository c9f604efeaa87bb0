/// The package sources of a Debian system, as far as they are the distribution's own.
///
/// They are read to reach another suite of the same archive by the same mirror, verified by the same key.
struct AptSources {
  /// One stanza: where, which suites and components, and options such as `Signed-By`, in their deb822 spelling.
  struct Source: Hashable {
    var uris: [String]
    var suites: [String]
    var components: [String]
    var options: [String: String] = [:]
  }

  private(set) var sources: [Source] = []

  /// Options that are carried over; those that would switch verification off are not among them.
  private static let options = [
    "signed-by": "Signed-By", "arch": "Architectures", "architectures": "Architectures",
    "check-valid-until": "Check-Valid-Until", "check-date": "Check-Date", "by-hash": "By-Hash",
    "pdiffs": "PDiffs",
  ]

  /// Adds the sources of a `.list` file: one line each (sources.list(5), "ONE-LINE-STYLE FORMAT").
  mutating func add(oneLineFormat text: String) {
    for line in text.split(separator: "\n") {
      var rest = line.prefix { $0 != "#" }.drop { $0 == " " || $0 == "\t" }
      guard rest.hasPrefix("deb ") || rest.hasPrefix("deb\t") else { continue }
      rest = rest.dropFirst(4).drop { $0 == " " || $0 == "\t" }
      var options: [String: String] = [:]
      if rest.first == "[", let end = rest.firstIndex(of: "]") {
        for option in rest[..<end].dropFirst().split(separator: " ") {
          let pair = option.split(separator: "=", maxSplits: 1)
          guard pair.count == 2, let name = Self.options[pair[0].lowercased()] else { continue }
          options[name] = String(pair[1].map { $0 == "," && name != "Signed-By" ? " " : $0 })
        }
        rest = rest[rest.index(after: end)...]
      }
      let words = rest.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard words.count >= 3 else { continue }
      sources.append(
        Source(uris: [words[0]], suites: [words[1]], components: Array(words[2...]), options: options))
    }
  }

  /// Adds the sources of a `.sources` file: stanzas of fields (sources.list(5), "DEB822-STYLE FORMAT").
  mutating func add(deb822 text: String) {
    for stanza in Deb822.stanzas(text) {
      func words(_ name: String) -> [String] {
        (stanza[name] ?? "").split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
      }
      let isEnabled = !["no", "false", "0", "off", "without", "disable"].contains(
        stanza["enabled"]?.lowercased() ?? "yes")
      guard isEnabled, words("types").contains("deb"), !words("components").isEmpty else { continue }
      var options: [String: String] = [:]
      for (name, spelling) in Self.options { options[spelling] = stanza[name] ?? options[spelling] }
      sources.append(
        Source(
          uris: words("uris"), suites: words("suites"), components: words("components"), options: options))
    }
  }

  /// The same archives with another suite: `SUITE`, `SUITE-updates` and `SUITE-security` for those there are now.
  ///
  /// - Parameters:
  ///   - codename: suite that the system runs, by its code name.
  ///   - distribution: `ID` of os-release. A source verified by a key that is not that distribution's own is left
  ///     out: it is somebody else's archive that uses the same names of suites.
  ///   - suite: the suite that is wanted.
  func retargeted(from codename: String, of distribution: String, to suite: String) -> [Source] {
    let names: Set = [codename, "stable", "oldstable", "testing", "unstable", "sid"]
    return sources.compactMap { source in
      if let key = source.options["Signed-By"], key.hasPrefix("/"), !key.contains("\(distribution)-archive") {
        return nil
      }
      let suites = source.suites.compactMap { name -> String? in
        let parts = name.split(separator: "-", maxSplits: 1)
        guard let first = parts.first, names.contains(String(first)) else { return nil }
        guard parts.count == 2 else { return suite }
        return parts[1] == "updates" || parts[1] == "security" ? "\(suite)-\(parts[1])" : nil
      }
      let components = source.components.filter { ["main", "universe", "non-free-firmware"].contains($0) }
      guard !suites.isEmpty, !components.isEmpty, !source.uris.isEmpty else { return nil }
      var result = source
      result.suites = suites
      result.components = components
      return result
    }
  }
}

extension AptSources.Source {
  /// The stanza for a `.sources` file.
  var stanza: String {
    let fields =
      [
        ("Types", "deb"), ("URIs", uris.joined(separator: " ")), ("Suites", suites.joined(separator: " ")),
        ("Components", components.joined(separator: " ")),
      ] + options.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return fields.map { "\($0): \($1)\n" }.joined()
  }
}

/// Stanzas of fields as in Debian's control files (deb822(5)).
enum Deb822 {
  /// Every stanza: values by field name in lower case, further lines of a value kept with their leading space.
  static func stanzas(_ text: String) -> [[String: String]] {
    var stanzas: [[String: String]] = [[:]]
    var field: String?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) where !line.hasPrefix("#") {
      if line.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "\r" }) {
        if stanzas.last?.isEmpty == false { stanzas.append([:]) }
        field = nil
      } else if line.hasPrefix(" ") || line.hasPrefix("\t") {
        if let field { stanzas[stanzas.count - 1][field, default: ""] += "\n" + line }
      } else if let colon = line.firstIndex(of: ":") {
        let name = line[..<colon].lowercased()
        stanzas[stanzas.count - 1][name] = String(
          line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
        field = name
      }
    }
    return stanzas.filter { !$0.isEmpty }
  }
}
