import SiteConfig

/// The iPXE scripts of a site. They run in everything from Debian 12's iPXE of 2019 on.
///
/// `boot.ipxe` asks for the login and holds no secret. The others may hold the CHAP secret and are served only to who
/// knows the password; their URLs are relative, because iPXE takes address, user and password of the script's own URL
/// for them.
public struct BootScripts: Sendable {
  let site: Site
  let entries: [BootEntry]
  /// Address by which clients reach the HTTP server, with `:PORT` where it is not 80.
  let httpAuthority: String
  /// Address of the iSCSI portal.
  let portalAddress: String

  /// - Parameters:
  ///   - portalAddress: numeric address of the iSCSI portal.
  ///   - httpAddress: numeric address of the HTTP server; nil: the same.
  public init(
    site: Site, entries: [BootEntry], portalAddress: String, httpAddress: String? = nil, httpPort: Int = 80
  ) {
    self.site = site
    self.entries = entries
    self.portalAddress = portalAddress
    let address = httpAddress ?? portalAddress
    httpAuthority = httpPort == 80 ? address : "\(address):\(httpPort)"
  }

  /// Paths of the HTTP server.
  public enum Path {
    public static let entry = "/boot.ipxe"
    public static let menu = "/menu.ipxe"
    public static func kernelScript(_ id: String) -> String { "/boot/\(id).ipxe" }
    public static func kernel(_ id: String) -> String { "/boot/\(id)/kernel" }
    public static func initrd(_ id: String, _ index: Int) -> String { "/boot/\(id)/initrd\(index)" }
    public static func disk(_ lun: Int) -> String { "/disk/\(lun).ipxe" }
    public static func script(_ id: String) -> String { "/script/\(id).ipxe" }
  }

  /// What a client tells of itself in a URL.
  static let clientQuery = "mac=${netX/mac:hexhyp}"

  /// Makes a script of lines.
  static func script(_ lines: [String]) -> String { (["#!ipxe"] + lines).joined(separator: "\n") + "\n" }

  /// `boot.ipxe` and `autoexec.ipxe`: the first script a client runs.
  public func entryScript() -> String {
    let query = "\(Path.menu)?\(Self.clientQuery)"
    let fetch =
      if site.menu.login == nil {
        ["imgfetch --name menu.ipxe http://\(httpAuthority)\(query) || goto failed"]
      } else {
        [
          "echo Log in to \(IPXEText.words(site.menu.title))",
          "clear username",
          "clear password",
          "login || goto out",
          "imgfetch --name menu.ipxe http://${username:uristring}:${password:uristring}@\(httpAuthority)\(query) || goto failed",
          "clear password",
        ]
      }
    let reason =
      site.menu.login == nil
      ? "The menu could not be fetched from \(httpAuthority)."
      : "Wrong user name or password (\"Permission denied\" above), or no answer from \(httpAuthority)."
    return Self.script(
      ["isset ${netX/ip} || dhcp || goto failed", ":start", "imgfree ||"] + fetch
        + [
          "imgexec menu.ipxe || exit 1",
          "exit 0",
          ":failed",
          "echo",
          "echo \(reason)",
          "prompt --timeout 10000 Press any key to go on ||",
          ":out",
          "menu \(IPXEText.words(site.menu.title))",
          "item start Try again",
        ] + Self.wayOutItems
        + ["choose --timeout 60000 --default start selected || set selected start", "goto ${selected}"]
        + Self.wayOutSections(back: "out"))
  }

  /// Menu items for who does not want to boot from here.
  static let wayOutItems = [
    "item local Start from this machine's own disk", "item shell iPXE shell", "item reboot Restart",
  ]

  /// What those items do.
  static func wayOutSections(back: String) -> [String] {
    [
      ":local",
      // A BIOS boots its first disk; UEFI firmware goes to its next boot option after an error.
      "iseq ${platform} efi && exit 1 ||",
      "sanboot --no-describe --drive 0x80 ||",
      "exit 1",
      ":shell",
      "echo Type exit to come back to the menu",
      "shell ||",
      "goto \(back)",
      ":reboot",
      "reboot ||",
      "goto \(back)",
    ]
  }
}
