import Glibc
import Linux
import Testing

@testable import HostInstall

@Suite struct JournalTests {
  @Test func forgetsALineThatWasCutShort() throws {
    let system = try FakeSystem()
    let path = system.path("/var/lib/ramdisk-install/journal.jsonl")
    do {
      let journal = try Journal(root: system.root)
      try journal.append(.began(operation: "install", version: "1"))
      try journal.append(.noted(name: "a", value: "b"))
    }
    let whole = try Files.read(path)
    for length in 0..<whole.count {
      try AtomicFile.write(Array(whole[..<length]), to: path, AtomicFile.Metadata(mode: 0o600))
      let journal = try Journal(root: system.root)
      try journal.append(.noted(name: "c", value: "d"))
      #expect(journal.state.notes["c"] == "d")
      #expect(try Journal.read(in: system.root).notes["c"] == "d")
    }
  }

  @Test func refusesWhatItCannotRead() throws {
    let system = try FakeSystem()
    try system.write("/var/lib/ramdisk-install/journal.jsonl", "{\"later\":{}}\n")
    #expect(throws: JournalError.self) { try Journal(root: system.root) }
  }

  @Test func isThereForOneAtATime() throws {
    let system = try FakeSystem()
    let first = try Journal(root: system.root)
    #expect(throws: JournalError.locked(system.path("/var/lib/ramdisk-install"))) {
      try Journal(root: system.root)
    }
    try first.erase()
    #expect(!Journal.exists(in: system.root))
  }

  @Test func remembersHowAFileWasFirstAndIsLast() throws {
    let system = try FakeSystem()
    let journal = try Journal(root: system.root)
    try system.write("/etc/file", "first")
    let transaction = Transaction(root: system.root, journal: journal, faults: .none)
    for text in ["second", "third"] {
      try journal.append(.began(operation: "update", version: "1"))
      let change = try transaction.announce("/etc/file")
      try system.write("/etc/new", text)
      try transaction.exchange("/etc/file", by: system.path("/etc/new"), change: change)
      try journal.end()
    }
    #expect(journal.state.changes.count == 1)
    guard case .file(let file) = try #require(journal.state.changes.first).action else {
      Issue.record("no change of a file")
      return
    }
    #expect(Files.text(journal.content(file.before.digest ?? "")) == "first")
    #expect(try Files.list(journal.content("")).count == 1)
    #expect(system.text("/etc/file") == "third")
  }

  @Test func theSystemMustStillBeThere() throws {
    let system = try FakeSystem()
    let journal = try Journal(root: system.root)
    try syscall("rename") { rename(system.path("/var"), system.path("/elsewhere")) }
    #expect(throws: JournalError.gone(journal.path)) { try journal.requireReachable() }
  }
}
