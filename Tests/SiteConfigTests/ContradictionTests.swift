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
