/// A Debian release that a sample disk holds, by its codename, and where its packages come from.
public enum DebianRelease: String, Sendable {
  case bookworm
  case trixie

  /// Whether the first boot notes in /etc and /var that they are up to date, and makes a mount point for the EFI system
  /// partition.
  var marksFirstBoot: Bool { self == .trixie }

  /// Lines for sources.list with the mirrors that this machine's own apt uses, so that a local mirror serves the
  /// laboratory too. Empty where apt knows none of Debian's: then mmdebstrap's defaults hold.
  func sources() async throws -> [String] {
    let listing = try? await HostCommand([
      "apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT)",
      "Created-By: Packages",
    ]).result()
    guard let listing, listing.status == 0 else { return [] }
    return sources(indexTargets: listing.output)
  }

  /// Lines for sources.list, from what `apt-get indextargets` printed.
  func sources(indexTargets: String) -> [String] {
    var seen: Set<String> = []
    return indexTargets.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count == 5, fields[0] == "Debian", fields[4] == "main" else { return nil }
      // The codename is that of the archive ("bookworm-updates", "bookworm"); what follows it is the pocket.
      let host = fields[2].prefix { $0 != "-" }
      guard let suite = suite(named: fields[3], of: String(host)) else { return nil }
      let source = "deb \(fields[1]) \(suite) main"
      return seen.insert(source).inserted ? source : nil
    }
  }

  /// `trixie-updates` of a host on trixie is `bookworm-updates` for bookworm; backports and the like are left out.
  private func suite(named name: String, of host: String) -> String? {
    guard let dash = name.firstIndex(of: "-") else { return rawValue }
    let pocket = name[dash...]
    return pocket == "-updates" || pocket == "-security" ? rawValue + pocket : nil
  }
}
