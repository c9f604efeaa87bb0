import Testing

@testable import PayloadImage

@Suite struct AptSourcesTests {
  @Test func deb822KeepsMirrorAndKey() throws {
    var sources = AptSources()
    sources.add(
      deb822: """
        # the mirror
        Types: deb deb-src
        URIs: http://mirror.test/debian
        Suites: bookworm bookworm-updates bookworm-backports
        Components: main contrib non-free-firmware
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        Types: deb
        URIs: http://mirror.test/debian-security
        Suites: bookworm-security
        Components: main
        Trusted: yes
        """)
    let found = sources.retargeted(from: "bookworm", of: "debian", to: "trixie")
    #expect(
      found.map(\.stanza) == [
        """
        Types: deb
        URIs: http://mirror.test/debian
        Suites: trixie trixie-updates
        Components: main non-free-firmware
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        """,
        """
        Types: deb
        URIs: http://mirror.test/debian-security
        Suites: trixie-security
        Components: main

        """,
      ])
  }

  @Test func oneLineFormat() throws {
    var sources = AptSources()
    sources.add(
      oneLineFormat: """
        # deb http://off.test/debian bookworm main
        deb [arch=amd64,i386 signed-by=/k/debian-archive.gpg trusted=yes] http://mirror.test/debian  bookworm main
        deb-src http://mirror.test/debian bookworm main
        deb\thttp://mirror.test/security bookworm-security main # trailing
        deb http://short.test
        """)
    #expect(
      sources.sources == [
        .init(
          uris: ["http://mirror.test/debian"], suites: ["bookworm"], components: ["main"],
          options: ["Architectures": "amd64 i386", "Signed-By": "/k/debian-archive.gpg"]),
        .init(uris: ["http://mirror.test/security"], suites: ["bookworm-security"], components: ["main"]),
      ])
  }

  @Test func verificationIsNeverSwitchedOff() {
    var sources = AptSources()
    sources.add(
      oneLineFormat:
        "deb [trusted=yes allow-insecure=yes allow-weak=yes] http://mirror.test/debian bookworm main")
    sources.add(
      deb822: """
        Types: deb
        URIs: http://mirror.test/debian
        Suites: bookworm
        Components: main
        Trusted: yes
        Allow-Insecure: yes
        """)
    let stanzas = sources.retargeted(from: "bookworm", of: "debian", to: "trixie").map(\.stanza)
    #expect(stanzas.count == 2)
    for stanza in stanzas {
      #expect(!stanza.lowercased().contains("trusted") && !stanza.lowercased().contains("allow"))
    }
  }

  @Test func othersArchivesAndDisabledOnesAreLeftOut() {
    var sources = AptSources()
    sources.add(
      oneLineFormat: """
        deb [signed-by=/usr/share/keyrings/vendor-archive-keyring.gpg] http://vendor.test bookworm main
        deb http://database.test bookworm-pgdg main
        deb http://mirror.test/debian bookworm contrib
        """)
    sources.add(
      deb822: "Enabled: no\nTypes: deb\nURIs: http://mirror.test/debian\nSuites: bookworm\nComponents: main\n"
    )
    #expect(sources.retargeted(from: "bookworm", of: "debian", to: "trixie").isEmpty)
  }

  @Test func aliasOfTheSuiteAndEmbeddedKey() throws {
    var sources = AptSources()
    sources.add(
      deb822: """
        Types: deb
        URIs: http://mirror.test/debian
        Suites: stable
        Components: main
        Signed-By:
         -----BEGIN PGP PUBLIC KEY BLOCK-----
         .
         abc
         -----END PGP PUBLIC KEY BLOCK-----
        """)
    let stanza = try #require(sources.retargeted(from: "bookworm", of: "debian", to: "trixie").first).stanza
    #expect(stanza.contains("Suites: trixie\n"))
    #expect(stanza.contains("Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END"))
  }

  @Test func dependenciesOfAMetapackage() {
    let record = AptRepository.Record(
      name: "linux-image-amd64", version: "1", architecture: "amd64", sha256: "",
      dependencies: "linux-image-6.1+deb13-amd64 (= 6.1-1), initramfs-tools (>= 0.1) | dracut, kmod:any")
    #expect(record.dependencyNames == ["linux-image-6.1+deb13-amd64", "initramfs-tools", "kmod"])
  }

  @Test func osRelease() {
    let host = HostSystem(osRelease: "NAME=\"Debian\"\nID=debian\nVERSION_CODENAME='bookworm'\n")
    #expect(host.distribution == "debian" && host.codename == "bookworm")
  }
}
