import Glibc
import Linux
import Testing

@testable import HostInstall

@Suite struct FilesTests {
  @Test func whatABootLoaderReadsIsExchangedAndHidden() throws {
    let system = try FakeSystem()
    let path = system.path("/boot/file")
    let temporary = AtomicFile.temporaryPath(for: path)
    let passed = PlaceCounter()
    let placement = AtomicFile.Placement(
      of: path, in: system.root,
      FaultPoints { name in
        // The old content has the other name, then nothing has this one.
        #expect(system.text("/boot/file") == (passed.pass(name) == 1 ? "new" : nil))
        #expect(Files.text(temporary) == (passed.count == 1 ? "old" : "new"))
      })
    try AtomicFile.write(Array("old".utf8), to: path, AtomicFile.Metadata(mode: 0o644), placement)
    try AtomicFile.write(Array("new".utf8), to: path, AtomicFile.Metadata(mode: 0o644), placement)
    #expect(passed.count == 1 && !Files.exists(temporary))
    try AtomicFile.remove(path, placement)
    #expect(passed.count == 2 && !Files.exists(temporary))
    try AtomicFile.remove(path, placement)
    #expect(!FAT.holds(system.root.path))
  }

  /// As where a disk fails: a loop of links cannot be looked at either.
  @Test func whatCannotBeLookedAtIsNotGone() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    try await Installation(system).install()
    let directory = system.path(InstalledPaths.payloadDirectory)
    let hidden = directory + ".hidden"
    try syscall("hide it") { rename(directory, hidden) }
    try syscall("make a loop") { symlink(Files.name(directory), directory) }
    #expect(throws: SystemError.self) { try Files.hasDirectory(directory) }
    #expect(!Files.isDirectory(directory))
    await #expect(throws: InstallFailure.self) { _ = try await Installation(system).installer.uninstall() }
    try syscall("remove the loop") { unlink(directory) }
    try syscall("show it") { rename(hidden, directory) }
    #expect(try await Installation(system).installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func aHiddenNameOfAFileThatPackagesChangedGoes() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    try await Installation(system).install()
    let trees = try Journal.read(in: system.root).changes.compactMap { change -> TreeChange? in
      guard case .packages(let packages) = change.action else { return nil }
      return packages.tree
    }
    let changed = try #require(trees.first?.before.keys.filter { before[Files.parent($0)] != nil }.sorted())
    #expect(!changed.isEmpty)
    for path in changed { try system.write(AtomicFile.temporaryPath(for: path), "left by a kill") }
    #expect(try await Installation(system).installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func aBootLoaderReadsWhatIsInBootAndEFI() throws {
    let system = try FakeSystem()
    for (path, isRead) in [
      ("/boot/vmlinuz", true), ("/efi/EFI/x", true), ("/bootx", false), ("/etc/boot", false),
    ] {
      #expect(BootFiles.hold(system.root.resolve(path), in: system.root) == isRead)
    }
    #expect(BootFiles.hold("/boot/grub/grub.cfg", in: .local))
  }

  @Test func followsLinksWithinTheRoot() throws {
    let system = try FakeSystem()
    for (target, link) in [
      ("/usr", "/absolute"), ("../../../../usr", "/etc/up"), ("loop", "/loop"), ("/absolute/sbin", "/twice"),
    ] {
      try syscall("link \(link)") { symlink(target, system.path(link)) }
    }
    #expect(system.root.inside("/absolute/sbin/x") == "/usr/sbin/x")
    #expect(system.root.inside("/etc/up/sbin") == "/usr/sbin")
    #expect(system.root.inside("/twice") == "/usr/sbin")
    #expect(system.root.inside("/twice", followLast: false) == "/twice")
    #expect(system.root.inside("/a/./b/../c") == "/a/c")
    #expect(system.root.inside("/loop/x").hasPrefix("/loop"))
    #expect(system.root.resolve("/absolute") == system.path("/usr"))
  }

  @Test func putsAFileBackAsItWas() throws {
    let system = try FakeSystem()
    let path = system.path("/etc/file")
    try system.write("/etc/file", "text", mode: 0o4751)
    try syscall("set the owner") { chown(path, 12, 34) }
    try syscall("set the mode") { chmod(path, 0o4751) }
    let times = [
      timespec(tv_sec: 1_000_000, tv_nsec: 123_456_789), timespec(tv_sec: 1_000_000, tv_nsec: 123_456_789),
    ]
    try syscall("set the time") { utimensat(AT_FDCWD, path, times, 0) }
    let before = try FileImage(of: path)
    #expect(before.mode == 0o4751)
    try AtomicFile.copy(path, to: system.path("/kept"), AtomicFile.Metadata(mode: 0o600))
    try system.write("/etc/file", "other")
    #expect(try FileImage(of: path) != before)
    try AtomicFile.copy(system.path("/kept"), to: path, AtomicFile.Metadata(before))
    #expect(try FileImage(of: path) == before)
  }

  @Test func aFailedWriteLeavesTheOldFileAndNothingElse() throws {
    let system = try FakeSystem()
    try system.write("/etc/file", "old")
    #expect(throws: SystemError.self) {
      try AtomicFile.copy(
        system.path("/nothing"), to: system.path("/etc/file"), AtomicFile.Metadata(mode: 0o600))
    }
    #expect(system.text("/etc/file") == "old")
    #expect(try Files.list(system.path("/etc")).allSatisfy { !$0.hasSuffix(".ramdisk-install") })
  }

  @Test func spaceIsProvenByAllocation() throws {
    let system = try FakeSystem()
    try FreeSpace.prove(1 << 20, in: system.root.path)
    let available = try FreeSpace.available(at: system.root.path)
    let error = #expect(throws: SystemError.self) {
      try FreeSpace.prove(available * 2 + 1 << 40, in: system.root.path)
    }
    #expect(error?.errno == ENOSPC)
    #expect(try FreeSpace.available(at: system.root.path) > available / 2)
  }

  @Test func knowsWhatDiffersBetweenTwoStates() throws {
    let system = try FakeSystem()
    let before = try TreeSnapshot(["/etc"], in: system.root)
    try system.write("/etc/hostname", "other")
    try system.write("/etc/new/file", "x")
    try system.remove("/etc/os-release")
    let difference = try before.difference(to: TreeSnapshot(["/etc"], in: system.root))
    #expect(
      difference.before.keys.sorted() == ["/etc/hostname", "/etc/new", "/etc/new/file", "/etc/os-release"])
    #expect(difference.before["/etc/new/file"] == .absent)
    #expect(difference.after["/etc/os-release"] == .absent)
  }
}
