/// What package managers print when they are asked what they would do, in the C locale.
enum SimulationText {
  static func parse(_ text: String, _ kind: DistroProfile.Packages.Kind) -> PackageSimulation {
    switch kind {
    case .apt: apt(text)
    case .dnf: dnf(text)
    case .zypper: zypper(text)
    case .pacman: pacman(text)
    case .xbps: xbps(text)
    case .apk: apk(text)
    case .emerge: emerge(text)
    case .rpmOSTree: rpmOSTree(text)
    }
  }

  /// `Inst NAME (NEW …)`, `Inst NAME [OLD] (NEW …)`, `Remv NAME [OLD]`, `Purg NAME [OLD]`; `Conf` says nothing new.
  static func apt(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for words in lines(text) where words.count >= 2 {
      let name = String(words[1])
      switch words[0] {
      case "Inst" where words.count > 2 && words[2].hasPrefix("["): result.upgraded.append(name)
      case "Inst": result.added.append(name)
      case "Remv", "Purg": result.removed.append(name)
      default: break
      }
    }
    // A package may be both removed and installed again when its architecture changes.
    result.removed.removeAll { result.added.contains($0) }
    return result
  }

  /// Sections with a title and a colon ("Installing dependencies:"), then a blank, name, architecture, version,
  /// repository and size a line; "replacing" lines belong to the package above. The summary repeats the numbers.
  static func dnf(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    var section: WritableKeyPath<PackageSimulation, [String]>?
    for line in text.split(separator: "\n") {
      if line.hasPrefix("Transaction Summary") { break }
      let words = line.split(separator: " ")
      if !line.hasPrefix(" "), line.hasSuffix(":") {
        section =
          line.hasPrefix("Installing")
          ? \.added
          : line.hasPrefix("Removing")
            ? \.removed
            : line.hasPrefix("Upgrading") || line.hasPrefix("Downgrading") ? \.upgraded : nil
      } else if let section, line.hasPrefix(" "), words.count >= 4, words[0] != "replacing" {
        result[keyPath: section].append(String(words[0]))
      }
    }
    return result
  }

  /// "The following 2 NEW packages are going to be installed:", then names on lines that begin with blanks.
  static func zypper(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    var section: WritableKeyPath<PackageSimulation, [String]>?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("The following") {
        section =
          !line.contains("going to be")
          ? nil
          : line.contains(" NEW ")
            ? \.added
            : line.contains("REMOVED")
              ? \.removed : line.contains("upgraded") || line.contains("downgraded") ? \.upgraded : nil
      } else if let section, line.hasPrefix(" ") {
        result[keyPath: section] += line.split(separator: " ").map(String.init)
      } else {
        section = nil
      }
    }
    return result
  }

  /// The profile's commands print `+NAME` for what would be installed and `-NAME` for what would be removed: pacman says
  /// the one or the other, in a format that it is told.
  static func pacman(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for line in text.split(separator: "\n") {
      if line.hasPrefix("+") { result.added.append(String(line.dropFirst())) }
      if line.hasPrefix("-") { result.removed.append(String(line.dropFirst())) }
    }
    return result
  }

  /// `NAME-VERSION_REVISION ACTION ARCHITECTURE REPOSITORY …`.
  static func xbps(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for words in lines(text) where words.count >= 2 {
      let name = withoutVersion(words[0], "-")
      switch words[1] {
      case "install": result.added.append(name)
      case "update", "reinstall": result.upgraded.append(name)
      case "remove": result.removed.append(name)
      default: break
      }
    }
    return result
  }

  /// `(1/3) Installing NAME (VERSION)`, also Upgrading, Downgrading, Reinstalling, Replacing, Purging.
  static func apk(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for words in lines(text) where words.count >= 3 && words[0].hasPrefix("(") && words[0].hasSuffix(")") {
      let name = String(words[2])
      switch words[1] {
      case "Installing": result.added.append(name)
      case "Purging": result.removed.append(name)
      case "Upgrading", "Downgrading", "Replacing": result.upgraded.append(name)
      default: break
      }
    }
    return result
  }

  /// `[ebuild  N     ] CATEGORY/NAME-VERSION …`: N for new, U for another version; when removing, lines that name a
  /// package and nothing else, `CATEGORY/NAME`, followed by its versions.
  static func emerge(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for line in text.split(separator: "\n") {
      if line.hasPrefix("[ebuild") || line.hasPrefix("[binary"), let end = line.firstIndex(of: "]"),
        let atom = line[line.index(after: end)...].split(separator: " ").first
      {
        let flags = line[..<end].dropFirst("[ebuild".count)
        let name = withoutVersion(atom.split(separator: ":").first ?? atom, "-")
        if flags.contains("N") {
          result.added.append(name)
        } else if flags.contains("U") || flags.contains("D") {
          result.upgraded.append(name)
        }
      } else if line.hasPrefix(" "), line.contains("/"), line.split(separator: " ").count == 1 {
        result.removed.append(String(line.split(separator: " ")[0]))
      }
    }
    return result
  }

  /// Sections `Added:`, `Removed:`, `Upgraded:` with `  NAME-VERSION-RELEASE.ARCHITECTURE` lines; upgrades as
  /// `  NAME OLD -> NEW`.
  static func rpmOSTree(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    var section: WritableKeyPath<PackageSimulation, [String]>?
    for line in text.split(separator: "\n") {
      if !line.hasPrefix(" ") {
        section =
          line.hasPrefix("Added:")
          ? \.added : line.hasPrefix("Removed:") ? \.removed : line.hasPrefix("Upgraded:") ? \.upgraded : nil
      } else if let section, let word = line.split(separator: " ").first {
        let name = section == \.upgraded ? String(word) : withoutVersion(word, "--")
        result[keyPath: section].append(name)
      }
    }
    return result
  }

  private static func lines(_ text: String) -> [[Substring]] {
    text.split(separator: "\n").map { $0.split(separator: " ") }
  }

  /// What stands before the version: before the last part that begins with a digit, or for each `-` given one part less.
  private static func withoutVersion(_ text: Substring, _ dashes: String) -> String {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    if dashes.count == 2 { return parts.dropLast(min(2, parts.count - 1)).joined(separator: "-") }
    guard let end = parts.indices.dropFirst().last(where: { parts[$0].first?.isNumber == true }) else {
      return String(text)
    }
    // A revision after the version: name-1.2-r3.
    return parts[..<end].joined(separator: "-")
  }
}
