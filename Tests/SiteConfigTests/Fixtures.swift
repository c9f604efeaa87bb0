import SiteConfig

/// The smallest config there is.
let smallest = """
  { target: { iqn: "iqn.2025-01.lan.home:desktop", luns: [{ lun: 0, disk: "ptuuid:1234" }] } }
  """

let passwordHash = "scrypt$14$00112233445566778899aabbccddeeff$" + String(repeating: "ab", count: 32)

/// A site in which nothing has its default.
func completeSite() -> Site {
  var site = Site(
    target: Site.Target(
      iqn: "iqn.2025-01.lan.home:desktop",
      luns: [
        Site.LogicalUnit(lun: 0, disk: "ptuuid:1234"),
        Site.LogicalUnit(lun: 7, disk: "/srv/a b.img", mode: .ro, type: .cdrom),
        Site.LogicalUnit(lun: 8, disk: "/srv/golden.img", mode: .overlay),
      ]))
  site.target.port = 3261
  site.target.chap = Site.CHAP(
    user: "user", secret: "abcdefghijk\"\\", mutual: Site.Account(user: "target", secret: "nopqrstuvwxyz"))
  site.target.portals = [
    Site.Portal(address: "10.1.2.3", port: 3262, group: 2),
    Site.Portal(address: "2001:db8::1", group: 3, redirect: "10.1.2.3:3262"),
  ]
  site.target.portals[1].moved = .permanently
  site.target.accounts = [
    Site.InitiatorAccount(
      initiator: "iqn.2025-01.lan.home:other",
      chap: Site.CHAP(
        user: "other", secret: "other-secret1", mutual: Site.Account(user: "t", secret: "other-secret2"))),
    Site.InitiatorAccount(
      initiator: "iqn.2025-01.lan.home:*", chap: Site.CHAP(user: "all", secret: "secret-of-all")),
  ]
  site.target.initiators = ["iqn.2025-01.lan.home:*"]
  site.target.stateDirectory = "/var/lib/ramdiskd"
  site.target.overlay.keep = .always
  site.target.overlay.directory = "/srv/over lays"
  site.target.overlay.limit = 2048
  site.network.interface = "enp3s0"
  site.network.address = .static
  site.network.fallback = "10.1.2.3/16"
  site.network.dhcpWait = 9
  site.dhcp.mode = .server
  site.dhcp.range = "10.1.3.1-10.1.3.9"
  site.dhcp.lease = 3600
  site.menu.title = "Büro // \"quoted\" \\ /* */"
  site.menu.timeout = 0
  site.menu.defaultEntry = "windows"
  site.menu.login = Site.Login(user: "me", passwordHash: passwordHash)
  site.menu.entries = [
    Site.Entry(id: "windows", title: "Windows", sanboot: 7),
    Site.Entry(id: "memtest", title: "Memory, test", script: ["kernel http://10.0.0.1/m, p", "boot"]),
  ]
  var client = Site.Client()
  client.timeout = 3
  client.commandLine = "quiet"
  site.menu.clients = ["aa:bb:cc:dd:ee:ff": client, "00:bb:cc:dd:ee:ff": Site.Client()]
  site.boot.partition = "uuid:abcd"
  site.boot.path = "/"
  site.boot.commandLine = "root=UUID=abcd ro"
  site.boot.extraCommandLine = "quiet"
  site.boot.initramfs = "initramfs-tools-0.142"
  site.admin.passwordHash = passwordHash
  return site
}

/// The errors of a text, each as `LINE:COLUMN: …`.
func errors(_ text: String) -> [String] {
  do throws(SiteErrors) {
    _ = try Site.parse(text: text, fileName: "site.json5")
    return []
  } catch {
    return error.errors.map(\.description)
  }
}
