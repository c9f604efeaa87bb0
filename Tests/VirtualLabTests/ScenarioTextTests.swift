import Testing

@testable import VirtualLab

/// Texts that programs print and the laboratory reads.
@Suite struct ScenarioTextTests {
  @Test func verdictIsRead() {
    let verdict = Verdict(
      line:
        "root=/dev/sda3 vendor=ACME model=Disk_1 initramfs=dracut state=clean secure=1 marks=a,b, cmdline=root=UUID=1 ro quiet"
    )
    #expect(verdict.root == "/dev/sda3")
    #expect(verdict.vendor == "ACME")
    #expect(verdict.model == "Disk_1")
    #expect(verdict.initramfs == "dracut")
    #expect(verdict.state == "clean")
    #expect(verdict.isSecure)
    #expect(verdict.marks == ["a", "b"])
    #expect(verdict.commandLine == "root=UUID=1 ro quiet")
  }

  @Test func whatIsMissingFromAVerdictIsEmpty() {
    let verdict = Verdict(line: "root=/dev/vda3 vendor= model= cmdline=")
    #expect(verdict.root == "/dev/vda3")
    #expect(verdict.vendor == "" && verdict.model == "" && verdict.marks == [] && verdict.commandLine == "")
  }

  @Test func accountsAreRead() throws {
    let accounts = try Accounts(
      printed: """
        [6/8] Write the configuration
              menu user: ramdisk
              menu password: secret1
              iSCSI target: iqn.2026-11.test:disk
              CHAP user and secret: initiator abc
              mutual CHAP user and secret: target def
        """)
    #expect(accounts.menuUser == "ramdisk" && accounts.menuPassword == "secret1")
    #expect(accounts.target == "iqn.2026-11.test:disk")
    #expect(accounts.chapUser == "initiator" && accounts.chapSecret == "abc")
    #expect(accounts.mutualUser == "target" && accounts.mutualSecret == "def")
  }

  @Test func aMissingSecretIsAnError() {
    #expect(throws: LabError.self) { try Accounts(printed: "menu user: ramdisk\n") }
  }

  @Test func sourcesAreThoseOfAptForTheSampleRelease() {
    let sources = DebianRelease.bookworm.sources(
      indexTargets: """
        Debian http://mirror.test/debian/ trixie trixie main
        Debian http://mirror.test/debian/ trixie trixie contrib
        Debian http://mirror.test/debian/ trixie-updates trixie-updates main
        Debian http://mirror.test/debian/ trixie-updates trixie-updates main
        Debian http://mirror.test/security/ trixie-security trixie-security main
        Debian http://mirror.test/debian/ trixie-backports trixie-backports main
        Someone http://else.test/apt/ stable stable main
        """)
    #expect(
      sources == [
        "deb http://mirror.test/debian/ bookworm main",
        "deb http://mirror.test/debian/ bookworm-updates main",
        "deb http://mirror.test/security/ bookworm-security main",
      ])
  }

  @Test func everyReleaseHasItsOwnSources() {
    let sources = DebianRelease.trixie.sources(
      indexTargets: "Debian http://mirror.test/debian/ bookworm-updates bookworm-updates main\n")
    #expect(sources == ["deb http://mirror.test/debian/ trixie-updates main"])
  }

  @Test func partitionsFollowOneAnother() throws {
    let layout = SampleDisk.Layout(hasSeparateBoot: true)
    let boot = try #require(layout.boot)
    #expect(boot.start == layout.root.start + layout.root.count)
    #expect(layout.partitionTable.split(separator: "\n").count == 5)
    #expect(layout.size > boot.offset + boot.count * 512)
    #expect(SampleDisk.Layout().partitionTable.split(separator: "\n").count == 4)
  }

  @Test func withoutDebianThereAreNoSources() {
    #expect(
      DebianRelease.bookworm.sources(indexTargets: "Ubuntu http://mirror.test/ noble noble main\n") == [])
  }
}
