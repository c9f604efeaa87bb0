/// The Debian release that the sample disk holds, and where its packages come from.
enum DebianRelease {
  static let codename = "bookworm"

  /// What a plain installation has that matters to the laboratory. Left out on purpose: everything that
  /// ramdisk-install has to bring in itself (dracut, open-iscsi, procps).
  ///
  /// The cloud kernel is the ordinary one with fewer drivers: half the size, so half the time under emulation.
  static let packages = [
    "linux-image-cloud-amd64", "initramfs-tools", "zstd", "systemd-sysv", "udev", "kmod", "dbus", "iproute2",
    "e2fsprogs", "fdisk", "grub2-common", "grub-pc-bin", "grub-efi-amd64-bin",
  ]

  /// Lines for sources.list with the mirrors that this machine's own apt uses, so that a local mirror serves the
  /// laboratory too. Empty where apt knows none of Debian's: then mmdebstrap's defaults hold.
  static func sources() async throws -> [String] {
    let listing = try? await HostCommand([
      "apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT)",
      "Created-By: Packages",
    ]).result()
    guard let listing, listing.status == 0 else { return [] }
    return sources(indexTargets: listing.output)
  }

  /// Lines for sources.list, from what `apt-get indextargets` printed.
  static func sources(indexTargets: String) -> [String] {
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

  /// `trixie-updates` of a host on trixie is `bookworm-updates` here; backports and the like are left out.
  private static func suite(named name: String, of host: String) -> String? {
    guard let dash = name.firstIndex(of: "-") else { return codename }
    let pocket = name[dash...]
    return pocket == "-updates" || pocket == "-security" ? codename + pocket : nil
  }
}
