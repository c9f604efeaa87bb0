import SiteConfig

extension BootScripts {
  /// Settings of the iSCSI session: iPXE logs in with them and puts them into the iBFT for the system.
  private var sessionSettings: [String] {
    let chap = site.target.clientAccount
    let accounts = [
      ("username", chap?.user), ("password", chap?.secret), ("reverse-username", chap?.mutual?.user),
      ("reverse-password", chap?.mutual?.secret),
    ]
    return ["set initiator-iqn \(site.target.clientPrefix)${netX/mac:hexhyp}"]
      + accounts.map { setting, text in text.map { IPXEText.set(setting, to: $0) } ?? "clear \(setting)" }
  }

  /// Address of a LUN (RFC 4173): the LUN is hexadecimal.
  private func root(_ lun: Int) -> String {
    let portal = site.target.bootPortal(near: portalAddress)
    let host = portal.host.contains(":") ? "[\(portal.host)]" : portal.host
    return "iscsi:\(host)::\(portal.port):\(String(lun, radix: 16)):\(site.target.iqn)"
  }

  /// Starts a kernel of the disk; nil where there is no such entry.
  public func kernelScript(entry id: String, for client: BootClient) -> String? {
    guard let entry = entries.first(where: { $0.id == id }) else { return nil }
    let names = entry.initrds.indices.map { "initrd\($0)" }
    // UEFI kernels take the images that their command line names, BIOS boots take all; BIOS kernels ignore the names.
    let words = names.map { "initrd=\($0)" } + [CommandLine(site: site, entry: entry, client: client).text]
    return Self.script(
      ["echo Starting \(IPXEText.words(entry.title))"] + sessionSettings + [
        "imgfree ||",
        "sanunhook --drive 0x80 ||",
        "sanhook --drive 0x80 \(root(0)) || goto refused",
        "kernel --name kernel \(Path.kernel(id)) \(words.joined(separator: " ")) || goto failed",
      ]
        + zip(names, entry.initrds.indices).map { name, index in
          "initrd --name \(name) \(Path.initrd(id, index)) || goto failed"
        } + [
          "boot || goto failed",
          ":refused",
          "echo The disk at \(portalAddress) cannot be had: another machine may use it, or the secret is wrong.",
          "exit 1",
          ":failed",
          "sanunhook --drive 0x80 ||",
          "exit 1",
        ])
  }

  /// Boot loaders of UEFI systems that do not put one at the place for removable disks.
  private static let loaders = [
    #"\EFI\Microsoft\Boot\bootmgfw.efi"#, #"\EFI\debian\shimx64.efi"#, #"\EFI\ubuntu\shimx64.efi"#,
    #"\EFI\fedora\shimx64.efi"#, #"\EFI\opensuse\shim.efi"#, #"\EFI\systemd\systemd-bootx64.efi"#,
    #"\EFI\debian\grubx64.efi"#, #"\EFI\freebsd\loader.efi"#,
  ]

  /// Boots a whole disk by the boot loader on it; nil where there is no such LUN.
  public func diskScript(lun: Int) -> String? {
    guard site.target.luns.contains(where: { $0.lun == lun }) else { return nil }
    let boot = "sanboot --drive 0x80"
    return Self.script(
      ["echo Starting disk \(lun)"] + sessionSettings + [
        "imgfree ||",
        "sanunhook --drive 0x80 ||",
        "\(boot) \(root(lun)) || iseq ${platform} efi || exit 1",
      ]
        + Self.loaders.map { "\(boot) --filename \($0) \(root(lun)) ||" } + ["exit 1"])
  }

  /// The commands of an entry of the site; nil where there is no such entry. `${target}` in them is LUN 0.
  public func siteScript(entry id: String) -> String? {
    guard let commands = site.menu.entries.first(where: { $0.id == id })?.script else { return nil }
    return Self.script(sessionSettings + ["set target \(root(0))"] + commands)
  }
}
