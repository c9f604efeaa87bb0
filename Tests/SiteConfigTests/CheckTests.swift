import SiteConfig
import Testing

/// Single settings at the edges of what they may be.
@Suite struct CheckTests {
  private func isAccepted(_ change: (inout Site) -> Void) -> Bool {
    var site = completeSite()
    change(&site)
    return errors(SiteTemplate.render(site)).isEmpty
  }

  @Test(arguments: [
    ("iqn.2025-01.a", true), ("iqn.2025-12.lan.home:x:y.z-1", true), ("iqn.2025-13.a:x", false),
    ("iqn.2025-1.a:x", false), ("iqn.2025-01.:x", false), ("iqn.2025-01", false),
    ("iqn.2025-01.a:b_c", false), ("iqn.2025-01.a:b\u{200D}c", false),
    ("iqn.2025-01.A:x", false), ("eui.0123456789abcdef", false), ("iqn.20x5-01.a", false), ("", false),
    ("iqn.2025-01.a:" + String(repeating: "x", count: 209), true),
    ("iqn.2025-01.a:" + String(repeating: "x", count: 210), false),
    ("iqn.2025-01." + String(repeating: "x", count: 181), false),
  ])
  func iqn(name: String, isRight: Bool) {
    #expect(isAccepted { $0.target.iqn = name } == isRight)
  }

  @Test(arguments: [
    ("123456789012", true), ("1234567890123456", true), ("12345678901", false), ("12345678901234567", false),
    ("1234567890 12", false), ("12345678901ü", false),
  ])
  func secret(secret: String, isRight: Bool) {
    #expect(isAccepted { $0.target.chap?.secret = secret } == isRight)
  }

  @Test(arguments: [
    ("auto", true), ("eth0", true), ("aa:bb:cc:dd:ee:ff", true), ("AA:bb:cc:dd:ee:ff", false), ("a/b", false),
    ("", false),
    ("a234567890123456", false),
  ])
  func interface(name: String, isRight: Bool) {
    #expect(isAccepted { $0.network.interface = name } == isRight)
  }

  @Test(arguments: [
    ("10.1.0.1/16", true), ("10.1.0.1/31", false), ("10.1.0.1/7", false), ("10.1.0.1", false),
    ("10.1.0.256/16", false),
    ("10.1.0/16", false), ("10.1.0.1/16/1", false), ("10.1.255.255/16", false), ("10.1.+0.1/16", false),
    ("10.1.0.1/1٣", false),
  ])
  func fallback(address: String, isRight: Bool) {
    #expect(isAccepted { $0.network.fallback = address } == isRight)
  }

  @Test(arguments: [
    ("", true), ("10.1.3.9-10.1.3.9", true), ("10.1.3.9-10.1.3.1", false), ("10.1.3.9", false), ("-", false),
  ])
  func range(range: String, isRight: Bool) {
    #expect(isAccepted { $0.dhcp.range = range } == isRight)
  }

  @Test(arguments: [
    ("aa:bb:cc:dd:ee:ff", true), ("aa-bb-cc-dd-ee-ff", false), ("aa:bb:cc:dd:ee", false),
    ("aa:bb:cc:dd:ee:fg", false),
  ])
  func client(mac: String, isRight: Bool) {
    #expect(isAccepted { $0.menu.clients = [mac: Site.Client()] } == isRight)
  }

  @Test func theRest() {
    #expect(!isAccepted { $0.menu.login?.passwordHash = "plain" })
    #expect(!isAccepted { $0.menu.login?.user = "a:b" })
    #expect(!isAccepted { $0.admin.passwordHash = "plain" })
    #expect(isAccepted { $0.admin.passwordHash = "" })
    #expect(!isAccepted { $0.boot.path = "boot" })
    #expect(!isAccepted { $0.boot.path = "/boot/../x" })
    #expect(!isAccepted { $0.boot.partition = "uuid:" })
    #expect(isAccepted { $0.boot.partition = "" })
    #expect(!isAccepted { $0.boot.initramfs = "magic" })
    for name in ["dracut", "dracut-059", "initramfs-tools", "mkinitcpio", "booster", "mkinitfs", "none"] {
      #expect(isAccepted { $0.boot.initramfs = name })
    }
    #expect(!isAccepted { $0.boot.commandLine = "a\nb" })
    #expect(!isAccepted { $0.menu.title = "" })
    #expect(!isAccepted { $0.menu.title = "a\u{2028}b" })
    #expect(!isAccepted { $0.menu.entries[0].id = ".." })
    #expect(!isAccepted { $0.target.initiators = ["iqn.X*"] })
    #expect(isAccepted { $0.target.initiators = ["*"] })
  }
}
