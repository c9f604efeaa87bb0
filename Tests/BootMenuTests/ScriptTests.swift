import BootMenu
import Glibc
import Linux
import SiteConfig
import Testing

/// Scripts as they are sent, compared with files. `UPDATE_GOLDEN=1 swift test` writes the files anew.
@Suite struct ScriptTests {
  private static let golden =
    #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Golden/ipxe"

  private func expectGolden(_ script: String, _ name: String) throws {
    let path = "\(Self.golden)/\(name).ipxe"
    if getenv("UPDATE_GOLDEN") != nil { try writeFile(path, Array(script.utf8)) }
    #expect(script == String(decoding: try readFile(path), as: UTF8.self), "differs from \(path)")
  }

  private func site() -> Site {
    let units = [
      Site.LogicalUnit(lun: 0, disk: "ptuuid:1"), Site.LogicalUnit(lun: 26, disk: "ptuuid:2", mode: .ro),
    ]
    var site = Site(target: Site.Target(iqn: "iqn.2025-01.lan.home:desktop", luns: units))
    site.target.chap = Site.CHAP(
      user: "initiator", secret: "abcdefghijkl", mutual: Site.Account(user: "target", secret: "mnopqrstuvwx"))
    site.menu.login = Site.Login(user: "me", passwordHash: "scrypt$…")
    site.menu.entries = [
      Site.Entry(
        id: "memtest", title: "Memory test", script: ["kernel http://192.168.200.1/memtest", "boot"]),
      Site.Entry(id: "windows", title: "Windows", sanboot: 26),
    ]
    site.boot.extraCommandLine = "panic=10"
    return site
  }

  private let entries = [
    BootEntry(
      id: "vmlinuz-6.1", title: "Debian, Linux 6.1", version: "6.1", kernel: BootFile(path: "/k", size: 1),
      initrds: [BootFile(path: "/m", size: 1), BootFile(path: "/i", size: 1)],
      commandLine: "BOOT_IMAGE=/k root=UUID=1 ro ip=10.0.0.1::::x:eth0:off quiet",
      generator: .dracut(version: "059"),
      isDefault: true),
    BootEntry(
      id: "vmlinuz-6.0", title: "Debian, Linux 6.0", version: "6.0", kernel: BootFile(path: "/o", size: 1),
      initrds: [],
      commandLine: "root=UUID=1", generator: .initramfsTools),
  ]

  private func scripts(_ change: (inout Site) -> Void = { _ in }) -> BootScripts {
    var site = site()
    change(&site)
    return BootScripts(site: site, entries: entries, portalAddress: "192.168.200.1")
  }

  @Test func entryScripts() throws {
    try expectGolden(scripts().entryScript(), "boot")
    try expectGolden(scripts { $0.menu.login = nil }.entryScript(), "boot-without-login")
    let script = BootScripts(
      site: site(), entries: [], portalAddress: "10.0.0.1", httpAddress: "10.0.0.2", httpPort: 8080)
    #expect(script.entryScript().contains("@10.0.0.2:8080/menu.ipxe?"))
  }

  @Test func noSecretBeforeTheLogin() {
    let script = scripts().entryScript()
    #expect(!["abcdefghijkl", "mnopqrstuvwx", "scrypt", "Debian"].contains { script.contains($0) })
  }

  @Test func menus() throws {
    try expectGolden(scripts().menuScript(for: BootClient(mac: nil)), "menu")
    let bare = BootScripts(
      site: Site(
        target: Site.Target(iqn: "iqn.2025-01.a", luns: [Site.LogicalUnit(lun: 0, disk: "/dev/sda")])),
      entries: [], portalAddress: "10.0.0.1")
    try expectGolden(bare.menuScript(for: BootClient(mac: nil)), "menu-without-kernels")
  }

  @Test func clientsOfTheirOwn() {
    let scripts = scripts { site in
      var client = Site.Client()
      client.defaultEntry = "disk-26"
      client.timeout = 1
      client.commandLine = "nomodeset"
      site.menu.defaultEntry = "windows"
      site.menu.clients["52:54:00:12:34:56"] = client
    }
    let own = BootClient(mac: "52-54-00-12-34-56")
    #expect(own.mac == "52:54:00:12:34:56")
    #expect(scripts.menuScript(for: own).contains("set menu-timeout 1000\n"))
    #expect(scripts.menuScript(for: own).contains("--default disk-26 "))
    #expect(scripts.kernelScript(entry: "vmlinuz-6.1", for: own)?.contains(" panic=10 nomodeset ") == true)
    let other = BootClient(mac: "junk")
    #expect(other.mac == nil)
    #expect(scripts.menuScript(for: other).contains("set menu-timeout 10000\n"))
    #expect(scripts.menuScript(for: other).contains("--default site-windows "))
    #expect(scripts.kernelScript(entry: "vmlinuz-6.1", for: other)?.contains("nomodeset") == false)
  }

  @Test func kernels() throws {
    let client = BootClient(mac: nil)
    try expectGolden(try #require(scripts().kernelScript(entry: "vmlinuz-6.1", for: client)), "kernel-dracut")
    try expectGolden(
      try #require(scripts { $0.target.chap = nil }.kernelScript(entry: "vmlinuz-6.0", for: client)),
      "kernel-initramfs-tools")
    #expect(scripts().kernelScript(entry: "absent", for: client) == nil)
  }

  @Test func disksAndCommands() throws {
    try expectGolden(try #require(scripts().diskScript(lun: 26)), "disk")
    #expect(scripts().diskScript(lun: 1) == nil)
    try expectGolden(try #require(scripts().siteScript(entry: "memtest")), "site")
    #expect(scripts().siteScript(entry: "windows") == nil)
  }
}
