import Testing

@testable import PayloadImage

@Suite struct ArchiveTests {
  @Test func parentsAreMadeAndComeFirst() throws {
    let archive = try Archive([.file("usr/share/a", [1]), .file("init", permissions: 0o755, [2])])
    #expect(archive.entries.map(\.path) == ["init", "usr", "usr/share", "usr/share/a"])
    #expect(archive["usr/share"] == .directory("usr/share"))
  }

  @Test func laterPermissionsOfADirectoryWin() throws {
    let archive = try Archive([.file("tmp/x", []), .directory("tmp", permissions: 0o1777)])
    #expect(archive["tmp"]?.permissions == 0o1777)
  }

  @Test(arguments: ["", "/etc", "etc/", "a//b", "../x", "a/./b", "a/.."])
  func refusesPathsThatLeaveTheRoot(path: String) {
    #expect(throws: ArchiveError.invalidPath(path)) { try Archive([.file(path, [])]) }
  }

  @Test func refusesNamesThatTheFormatCannotHold() {
    #expect(throws: ArchiveError.invalidPath("nul\0")) { try Archive([.file("nul\0", [])]) }
  }

  @Test func refusesTwoMembersAtOnePath() {
    #expect(throws: ArchiveError.duplicate("a")) { try Archive([.file("a", []), .file("a", [])]) }
    #expect(throws: ArchiveError.duplicate("a")) { try Archive([.directory("a"), .file("a", [])]) }
    #expect(throws: ArchiveError.notADirectory("a", wantedBy: "a/b")) {
      try Archive([.link("a", to: "c"), .file("a/b", [])])
    }
  }

  @Test func orderOfAddingDoesNotMatter() throws {
    let entries: [ArchiveEntry] = [.file("b", [1]), .file("a/c", [2]), .link("z", to: "b"), .directory("a")]
    #expect(try Archive(entries).encoded() == Archive(entries.reversed()).encoded())
  }
}
