import SiteConfig
import Testing

@Suite struct SiteParserTests {
  @Test func missingKeysHaveTheirDefaults() throws {
    let site = try Site.parse(text: smallest, fileName: "site.json5")
    let expected = Site(
      target: Site.Target(
        iqn: "iqn.2025-01.lan.home:desktop", luns: [Site.LogicalUnit(lun: 0, disk: "ptuuid:1234")]))
    #expect(site == expected)
  }

  @Test func syntaxOfJSON5() throws {
    let site = try Site.parse(
      text: """
        \u{FEFF}// comment
        { /* one */ 'target': { iqn: 'iqn.2025-01.lan.home:x', "luns": [ { lun: +0x0, disk: "/dev/\\x73da", }, ], },
          menu: { title: "a b", timeout: 1e1 }, }
        """, fileName: "site.json5")
    #expect(site.target.luns == [Site.LogicalUnit(lun: 0, disk: "/dev/sda")])
    #expect(site.menu.title == "a b")
    #expect(site.menu.timeout == 10)
  }

  @Test func everyErrorAtOnceWithItsPlace() {
    let found = errors(
      """
      {
        target: {
          iqn: "iqn.2025-01.lan.home:X",
          luns: [{ lun: 1, disk: "sda" }, { lun: 300, disk: "/dev/sdb", mode: "rx" }],
          prot: 3260,
          chap: { user: "user", secret: "short" },
        },
        network: { address: 4, fallback: "10.0.0.0/8" },
        dhcp: [],
        menu: { entries: [{ id: "a b", title: "x", sanboot: 1 }] },
        version: 2,
      }
      """)
    #expect(
      found == [
        "3:10: target.iqn: \"X\" cannot be part of an iSCSI name. Use only a-z, 0-9, '.', ':' and '-'.",
        "4:28: target.luns[0].disk: \"sda\" names no disk. Use ptuuid:…, wwn:…, serial:…, uuid:…, partuuid:… (see lsblk -o +PTUUID,WWN,SERIAL,UUID,PARTUUID) or /dev/….",
        "4:44: target.luns[1].lun: 300 is not a whole number from 0 to 255. LUN 0 is the disk to boot from.",
        "4:73: target.luns[1].mode: \"rx\" is not one of \"rw\", \"ro\", \"overlay\". Did you mean \"rw\"?",
        "5:5: target.prot: no such setting. Did you mean port?",
        "6:35: target.chap.secret: a secret of 5 characters. Use 12 to 16: Windows and RFC 7143 allow no others.",
        "8:23: network.address: a number where a text is expected. Put it in quotes.",
        "8:36: network.fallback: 10.0.0.0/8 is not an address that a host can have. Use for example \"192.168.200.1/24\".",
        "9:9: dhcp: a list where an object is expected. Put it in braces: { … }.",
        "10:27: menu.entries[0].id: \"a b\" is no identifier. Use 1 to 128 of a-z, A-Z, 0-9, '.', '_' and '-'.",
        "11:12: version: 2 is not a whole number from 1 to 1. This program reads version 1.",
      ])
  }

  @Test func overlays() throws {
    let text = """
      {target: {iqn: "iqn.2025-01.a:b", luns: [{lun: 0, disk: "/dev/sda", mode: "overlay"}],
      overlay: { keep: "always", directory: "/srv/overlays", limit: 4096 }}}
      """
    let target = try Site.parse(text: text, fileName: "x").target
    #expect(target.luns.map(\.mode) == [.overlay])
    #expect(target.overlay.keep == .always)
    #expect(target.overlay.directory == "/srv/overlays")
    #expect(target.overlay.limit == 4096)
    #expect(target.overlay.memory == 0)
    #expect(try Site.parse(text: smallest, fileName: "x").target.overlay == Site.Overlay())
    #expect(
      errors(text.replacing("\"always\"", with: "\"allways\"").replacing("/srv", with: "srv")) == [
        "2:18: target.overlay.keep: \"allways\" is not one of \"session\", \"restart\", \"always\". Did you mean \"always\"?",
        "2:40: target.overlay.directory: \"srv/overlays\" is not an absolute path. Use for example \"/var/lib/ramdiskd\".",
      ])
  }

  @Test func requiredKeys() {
    #expect(
      errors("{}") == [
        "1:1: target: missing. It has no default. The iSCSI target: who it is, which disks it shares, who may log in."
      ])
    #expect(errors("{target:{luns:[{}]}}").map { $0.prefix { $0 != "." } }.count == 3)
  }

  @Test(arguments: [
    ("", "1:1: the text ends where a value is expected"),
    ("{", "1:1: a brace or bracket that is never closed"),
    ("{\n  a 1}", "2:5: no ':' after \"a\""),
    ("{a: }", "1:5: '}' where a value is expected"),
    ("{a: 1 b: 2}", "1:7: 'b' where ',' or '}' is expected"),
    ("{ä: 'x', b: 1.2.3}", "1:13: a word that is not a value"),
    ("{} x", "1:4: 'x' after the end of the configuration"),
    ("{a: 'x\n'}", "1:5: a text that is never closed"),
    ("/* x", "1:1: a comment that is never closed"),
    ("{a: b}", "1:5: a word that is not a value"),
    (String(repeating: "[", count: 99), "1:33: braces nested more than 32 deep"),
  ])
  func syntaxErrors(text: String, message: String) {
    #expect(errors(text).count == 1)
    #expect(errors(text).first?.hasPrefix(message) == true, "\(errors(text))")
  }

  @Test func aSecretWithoutQuotesIsNotTold() {
    let found = errors("{target: {chap: {user: 'u', secret: hunter2hunter2}}}")
    #expect(found == ["1:37: a word that is not a value. Put texts in quotes: \"…\"."])
  }

  @Test func remarks() throws {
    var site = try Site.parse(text: smallest, fileName: "x")
    #expect(site.remarks == [])
    site.network.address = .static
    #expect(site.remarks.map { $0.prefix(10) } == ["dhcp.mode:"])
    site.dhcp.mode = .server
    #expect(site.remarks == [])
  }

  @Test func descriptionNamesTheFile() {
    let thrown = #expect(throws: SiteErrors.self) { try Site.parse(text: "{a}", fileName: "/etc/x.json5") }
    #expect(thrown?.description == "/etc/x.json5:1:3: no ':' after \"a\". Write a: VALUE.")
  }

  @Test func duplicateKeys() {
    let text = smallest.dropLast() + ", menu: {}, menu: {} }"
    #expect(errors(String(text)).map { $0.contains("menu: set a second time") } == [true])
  }
}
