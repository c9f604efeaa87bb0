import SiteConfig
import Testing

@testable import BootMenu

/// What others write must stay text: iPXE's own rules applied to the scripts.
@Suite struct InjectionTests {
  /// The commands of a line as iPXE splits it: at `||`, `&&` and `;`, up to a comment.
  ///
  /// Scalars, since iPXE knows no characters: to Swift, a space after U+0600 is none.
  private func commands(_ line: Substring) -> [[String]] {
    let words = line.unicodeScalars.split { $0 == " " || $0 == "\t" }.prefix { $0.first != "#" }
    return words.map { String($0) }.split { ["||", "&&", ";"].contains($0) }.map(Array.init)
  }

  @Test(arguments: [
    "a\nreboot", "a\r\nreboot", "a || reboot", "|| reboot", "a && reboot", "; reboot", "# hidden",
    "${password}",
    "$${x}{password}", "a\\", "a\u{2028}reboot", "a\u{85}reboot", "\u{1B}[31m", "--gap", "-x", "\0",
    "a\u{B}b", "$\0{x}", "a\u{600} && reboot", "a\u{600} || reboot ||", "a\u{600} ; reboot", "a\u{600}\\",
    "\u{600} #\u{301} hidden", "$\u{600}{x} a \u{301}&& reboot",
  ])
  func texts(hostile: String) throws {
    var site = Site(
      target: Site.Target(iqn: "iqn.2025-01.a", luns: [Site.LogicalUnit(lun: 0, disk: "/dev/sda")]))
    site.menu.title = "T " + hostile
    site.menu.entries = [Site.Entry(id: "x", title: hostile, sanboot: 0)]
    site.boot.extraCommandLine = hostile
    let entry = BootEntry(
      id: "k", title: hostile, version: "", kernel: BootFile(path: "/k", size: 1), initrds: [],
      commandLine: hostile, generator: .initramfsTools)
    let scripts = BootScripts(site: site, entries: [entry], portalAddress: "10.0.0.1")
    var clean = site
    clean.menu.title = "T x"
    clean.menu.entries[0].title = "x"
    clean.boot.extraCommandLine = "x"
    var cleanEntry = entry
    cleanEntry.title = "x"
    cleanEntry.commandLine = "x"
    let reference = BootScripts(site: clean, entries: [cleanEntry], portalAddress: "10.0.0.1")
    let client = BootClient(mac: nil)
    for (script, expected) in [
      (scripts.entryScript(), reference.entryScript()),
      (scripts.menuScript(for: client), reference.menuScript(for: client)),
      (
        try #require(scripts.kernelScript(entry: "k", for: client)),
        try #require(reference.kernelScript(entry: "k", for: client))
      ),
    ] {
      let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
      let expectedLines = expected.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == expectedLines.count)
      for (line, expectedLine) in zip(lines, expectedLines) {
        #expect(commands(line).map(\.first) == commands(expectedLine).map(\.first), "\(line)")
        #expect(line.unicodeScalars.last != "\\")
      }
      #expect(expansions(script) == expansions(expected))
      #expect(
        script.unicodeScalars.allSatisfy {
          $0 == "\n" || ($0.value >= 0x20 && !(0x7F...0x9F).contains($0.value))
        })
    }
  }

  private func expansions(_ script: String) -> Int {
    zip(script.utf8, script.utf8.dropFirst()).count { $0 == UInt8(ascii: "$") && $1 == UInt8(ascii: "{") }
  }

  @Test(arguments: [
    "a\u{600} ip=10.0.0.66", "a\tip=10.0.0.66", "ip=\u{301}x", "i\u{1}p=10.0.0.66", "a \u{7F}ip=10.0.0.66",
  ])
  func theNetworkIsNotTheDisksToConfigure(hostile: String) {
    let site = Site(
      target: Site.Target(iqn: "iqn.2025-01.a", luns: [Site.LogicalUnit(lun: 0, disk: "/dev/sda")]))
    let entry = BootEntry(
      id: "k", title: "k", version: "", kernel: BootFile(path: "/k", size: 1), initrds: [],
      commandLine: "quiet " + hostile + " splash", generator: .initramfsTools)
    let text = CommandLine(site: site, entry: entry, client: BootClient(mac: nil)).text
    let words = text.utf8.split(separator: UInt8(ascii: " "))
    #expect(words.filter { $0.starts(with: "ip=".utf8) }.map { String($0) } == ["ip=dhcp"])
    #expect(words.first.map { String($0) } == "quiet" && words.contains { $0.elementsEqual("splash".utf8) })
  }

  @Test func settingsAreExact() {
    #expect(IPXEText.set("password", to: "abcdefghijkl") == "set password abcdefghijkl")
    #expect(IPXEText.set("password", to: "#b") == "set password:hexhyp 23-62")
    #expect(IPXEText.set("password", to: "${b}") == "set password:hexhyp 24-7b-62-7d")
    #expect(IPXEText.set("password", to: "a  b") == "set password:hexhyp 61-20-20-62")
    #expect(IPXEText.set("password", to: "||") == "set password:hexhyp 7c-7c")
    #expect(IPXEText.set("password", to: "a\\") == "set password:hexhyp 61-5c")
    #expect(IPXEText.set("password", to: "") == "clear password")
  }
}
