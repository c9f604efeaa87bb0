import SiteConfig

/// Command line of a kernel whose root is on the iSCSI disk.
struct CommandLine {
  let text: String

  /// What the local boot says about the same things, and about what a boot loader put there.
  private static let replaced = [
    "initrd=", "BOOT_IMAGE=", "BOOTIF=", "netroot=", "ip=", "ifname=", "rd.iscsi.", "rd.neednet",
  ]

  init(site: Site, entry: BootEntry, client: BootClient) {
    // Bytes, as the kernel compares them: to Swift, "ip=" with a mark after it does not begin with "ip=".
    let own = IPXEText.wordList(entry.commandLine).filter { word in
      !Self.replaced.contains { word.utf8.starts(with: $0.utf8) }
    }
    let extra = [site.boot.extraCommandLine, client.settings(in: site).commandLine ?? ""].map(IPXEText.words)
    let parts = [own.joined(separator: " ")] + extra + [Self.network(entry.generator), Self.staysAwake]
    text = parts.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// How the initial RAM disk finds the network and, by the iBFT that iPXE leaves, the disk.
  private static func network(_ generator: InitramfsGenerator) -> String {
    switch generator {
    case .dracut:
      "rd.iscsi.firmware=1 netroot=iscsi ifname=bootnet:${netX/mac} ip=bootnet:dhcp rd.neednet=1"
    case .initramfsTools:
      "iscsi_auto ip=dhcp BOOTIF=01-${netX/mac:hexhyp}"
    case .other:
      "ip=dhcp BOOTIF=01-${netX/mac:hexhyp}"
    }
  }

  /// A sleeping machine loses its disk.
  private static let staysAwake = ["sleep", "suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate"]
    .map { "systemd.mask=\($0).target" }.joined(separator: " ")
}
