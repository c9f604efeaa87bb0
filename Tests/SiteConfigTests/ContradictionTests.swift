import SiteConfig
import Testing

@Suite struct ContradictionTests {
  /// The errors of the complete site after a change.
  private func errors(_ change: (inout Site) -> Void) -> [String] {
    var site = completeSite()
    change(&site)
    return SiteConfigTests.errors(SiteTemplate.render(site)).map {
      String($0.drop { $0 != " " }.dropFirst())
    }
  }

  @Test func logicalUnits() {
    #expect(errors { $0.target.luns[0].lun = 3 }.contains { $0.hasPrefix("target.luns: no LUN 0.") })
    #expect(
      errors { $0.target.luns[1].lun = 0 }.contains {
        $0.hasPrefix("target.luns[1].lun: LUN 0 a second time")
      })
    #expect(
      errors { $0.target.luns[1].disk = "ptuuid:1234" } == [
        "target.luns[1].disk: a disk that is shared twice, once for writing. Share it once, or never with mode \"rw\": a file system with two writers is lost."
      ])
    #expect(
      errors { site in
        site.target.luns = [0, 1].map { Site.LogicalUnit(lun: $0, disk: "ptuuid:1234", mode: .ro) }
        site.menu.entries = []
      } == [])
  }

  @Test func typesOfUnits() {
    #expect(
      errors { $0.target.luns[0].type = .cdrom } == [
        "target.luns[0].type: a CD or DVD of mode \"rw\". Nothing writes a CD or DVD here: say mode: \"ro\", or use type \"disk\"."
      ])
    #expect(
      errors { site in
        site.target.luns[0].mode = .overlay
        site.target.luns[0].type = .removable
      } == [
        "target.luns[0].type: a removable disk of mode \"overlay\". An overlay is no medium that could be taken out: use type \"disk\", or mode \"ro\" or \"rw\"."
      ])
    #expect(
      errors { site in
        site.target.luns[0].mode = .ro
        site.target.luns[0].type = .cdrom
      } == [])
  }

  @Test func sanitize() {
    let complaint = { (mode: String) in
      "target.luns[0].sanitize: SANITIZE of a disk of mode \"\(mode)\". It destroys what is on the disk, which nothing writes to: leave it out, or say mode: \"rw\"."
    }
    for mode in [Site.AccessMode.ro, .overlay] {
      #expect(
        errors { site in
          site.target.luns[0].mode = mode
          site.target.luns[0].sanitize = true
        } == [complaint(mode.rawValue)])
    }
    #expect(errors { $0.target.luns[0].sanitize = true } == [])
    let quoted = SiteTemplate.render(completeSite()).replacing("sanitize: false", with: "sanitize: \"no\"")
    #expect(
      SiteConfigTests.errors(quoted).first?.hasSuffix(
        "target.luns[0].sanitize: a text where true or false is expected. Write it without quotes.") == true)
  }

  @Test func aPortalOfAllAddressesSendsNobodyToItself() {
    func complaint(_ portals: [Site.Portal], _ mode: Site.AddressMode = .auto) -> [String] {
      errors { site in
        site.network.address = mode
        site.target.portals = portals
      }
    }
    let itself = { (address: String) in
      "target.portals[0].redirect: \(address) is this portal itself. Name a portal that takes them: others go round in circles."
    }
    // The site's own address is 10.1.2.3, and the port of all portals 3261.
    for (wide, own) in [
      ("0.0.0.0", "10.1.2.3:3261"), ("0.0.0.0", "127.0.0.1:3261"), ("::", "127.1.2.3:3261"),
      ("::", "[::1]:3261"), ("::", "10.1.2.3:3261"),
    ] {
      #expect(complaint([Site.Portal(address: wide, redirect: own)]) == [itself(own)])
    }
    #expect(
      complaint([Site.Portal(address: "10.1.2.3", redirect: "10.1.2.3:3261")]) == [itself("10.1.2.3:3261")])
    // Another machine, another port, or an address that is only known later.
    #expect(complaint([Site.Portal(address: "0.0.0.0", redirect: "10.1.2.4:3261")]) == [])
    #expect(complaint([Site.Portal(address: "0.0.0.0", redirect: "10.1.2.3:3260")]) == [])
    #expect(complaint([Site.Portal(address: "0.0.0.0", redirect: "[::1]:3261")]) == [])
    #expect(complaint([Site.Portal(address: "0.0.0.0", redirect: "10.1.2.3:3261")], .dhcp) == [])
    // By way of another portal.
    #expect(
      complaint([
        Site.Portal(address: "10.1.2.3", port: 1, redirect: "10.1.2.3:3261"),
        Site.Portal(address: "0.0.0.0", redirect: "10.9.9.9"),
      ]) == [
        "target.portals[0].redirect: 10.1.2.3:3261 sends logins on, too. Name a portal that takes them: others go round in circles."
      ])
  }

  @Test func portals() {
    func complaint(_ portals: [Site.Portal]) -> [String] { errors { $0.target.portals = portals } }
    #expect(
      complaint([Site.Portal(address: "10.1.2.3"), Site.Portal(address: "10.1.2.3", port: 3261, group: 2)])
        == [
          "target.portals[1].address: 10.1.2.3:3261 a second time. Name each portal once."
        ])
    #expect(
      complaint([Site.Portal(address: "0.0.0.0"), Site.Portal(address: "10.1.2.3")]) == [
        "target.portals[1].address: 10.1.2.3:3261 beside 0.0.0.0:3261. 0.0.0.0 and :: are all addresses of the machine: name them, or single ones."
      ])
    #expect(complaint([Site.Portal(address: "0.0.0.0"), Site.Portal(address: "10.1.2.3", port: 1)]) == [])
    #expect(
      complaint([
        Site.Portal(address: "10.1.2.3", redirect: "10.1.2.4:3261"),
        Site.Portal(address: "10.1.2.4", redirect: "10.9.9.9"),
      ]) == [
        "target.portals[0].redirect: 10.1.2.4:3261 sends logins on, too. Name a portal that takes them: others go round in circles."
      ])
    #expect(
      errors { site in
        site.target.portals = [Site.Portal(address: "10.1.2.3")]
        site.target.portals[0].moved = .permanently
      } == [
        "target.portals[0].moved: no redirect that could be for good. Add redirect, or leave it out."
      ])
    #expect(complaint([Site.Portal(address: "here")]).first?.contains("is no numeric address") == true)
    #expect(
      complaint([Site.Portal(address: "10.1.2.3", redirect: "there:3260")]).first?.contains(
        "is not ADDRESS:PORT")
        == true)
  }

  @Test(arguments: [
    ("10.1.2.3", "10.1.2.3:3260"), ("10.1.2.3:1", "10.1.2.3:1"), ("[2001:db8::1]", "[2001:db8::1]:3260"),
    ("[::1]:99", "[::1]:99"), ("::1", nil), ("10.1.2.3:0", nil), ("10.1.2.3:65536", nil), ("10.1.2.3:", nil),
    ("[::1", nil), ("", nil), ("10.1.2:3", nil), ("10.1.2.3:+1", nil),
  ]) func portalAddresses(_ text: String, _ meaning: String?) {
    #expect(PortalAddress(text)?.description == meaning)
  }

  @Test func whereAndAsWhomMachinesBoot() {
    var target = completeSite().target
    #expect(target.bootPortal(near: "10.1.2.3").description == "10.1.2.3:3262")
    #expect(target.bootPortal(near: "10.7.7.7").description == "10.1.2.3:3262")
    #expect(target.clientAccount?.user == "all")
    target.portals = [Site.Portal(address: "0.0.0.0")]
    #expect(target.bootPortal(near: "10.7.7.7").description == "10.7.7.7:3261")
    target.portals = []
    #expect(target.bootPortal(near: "10.7.7.7").description == "10.7.7.7:3261")
    target.accounts[1].initiator = "iqn.2025-01.lan.home:client-aa-bb-cc-dd-ee-ff"
    #expect(target.clientAccount?.user == "user")
    var site = completeSite()
    site.target = target
    #expect(site.remarks.contains { $0.hasPrefix("target.accounts[1]: ") })
  }

  @Test func accountsOfSingleInitiators() {
    #expect(
      errors { $0.target.accounts[0].chap.mutual?.secret = "other-secret1" } == [
        "target.accounts[0].mutual.secret: the same secret in both directions. Use another one: RFC 7143 12.1.3 forbids it, and initiators refuse it."
      ])
    #expect(
      errors { $0.target.accounts[1].initiator = "iqn.2025-01.lan.home:other" } == [
        "target.accounts[1].initiator: iqn.2025-01.lan.home:other a second time. Give each initiator one account: the first counts."
      ])
  }

  @Test func overlays() {
    #expect(
      errors { $0.target.overlay.directory = "" } == [
        "target.overlay.keep: what is in RAM cannot be kept always. Name a directory, or use \"restart\"."
      ])
    #expect(
      errors { $0.target.overlay.memory = 7 } == [
        "target.overlay.memory: a limit of RAM for overlays in a directory. Leave it out, or use limit."
      ])
    #expect(
      errors { site in
        site.target.overlay.keep = .session
        site.target.overlay.directory = ""
        site.target.overlay.memory = 7
      } == [])
  }

  @Test func accounts() {
    #expect(
      errors { $0.target.chap?.mutual?.secret = "abcdefghijk\"\\" }.first?.hasPrefix(
        "target.chap.mutual.secret: the same secret in both directions") == true)
  }

  @Test(arguments: ["10.2.0.1-10.2.0.9", "10.1.0.0-10.1.0.9", "10.1.0.1-10.1.255.255", "10.1.2.1-10.1.2.9"])
  func ranges(range: String) {
    #expect(errors { $0.dhcp.range = range }.count == 1)
    #expect(
      errors {
        $0.dhcp.range = range
        $0.network.address = .dhcp
      } == [])
  }

  @Test func menuEntries() {
    #expect(errors { $0.menu.entries[1].script = nil }.first?.contains("does nothing") == true)
    #expect(errors { $0.menu.entries[1].script = [] }.first?.contains("an empty script") == true)
    #expect(errors { $0.menu.entries[1].sanboot = 0 }.first?.contains("both script and sanboot") == true)
    #expect(errors { $0.menu.entries[0].sanboot = 9 }.first?.contains("no LUN 9") == true)
    #expect(errors { $0.menu.entries[1].id = "windows" }.first?.contains("a second time") == true)
  }

  @Test func shortLease() {
    #expect(errors { $0.dhcp.lease = 59 }.count == 1)
    #expect(errors { $0.dhcp.lease = 60 } == [])
  }
}
