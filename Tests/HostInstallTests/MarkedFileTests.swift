import Testing

@testable import HostInstall

/// Files of others that have our lines in them.
@Suite struct MarkedFileTests {
  private static let path = "/boot/grub/custom.cfg"
  private static let usersEntry = "menuentry 'B' {\n  chainloader +1\n}\n"

  private func installed() async throws -> (FakeSystem, Installation) {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    return (system, installation)
  }

  /// One of the lines around our block was deleted.
  @Test(arguments: ["### BEGIN ramdisk-install ###\n", "### END ramdisk-install ###\n"])
  func whatCannotBeToldFromOursStays(mark: String) async throws {
    let (system, installation) = try await installed()
    let edited = (system.text(Self.path) ?? "").replacing(mark, with: "") + Self.usersEntry
    try system.write(Self.path, edited)
    try system.makePayload(version: "2", byte: 2)
    let failure = await #expect(throws: InstallFailure.self) {
      try await installation.install("update", initramfs: .keep)
    }
    #expect(failure?.rollback == .complete)
    #expect(failure?.cause.contains(Self.path) == true)
    #expect(failure?.cause.contains("delete our entries and that line") == true)
    #expect(system.text(Self.path) == edited)

    let kept = try await installation.installer.uninstall()
    #expect(kept.count == 1 && kept[0].hasPrefix(Self.path), "\(kept)")
    #expect(system.text(Self.path) == edited)
    #expect(!Files.exists(system.path(InstalledPaths.payloadDirectory)))
    #expect(!Journal.exists(in: system.root))
  }

  @Test func textInAnotherEncodingStaysAsItIs() async throws {
    let system = try FakeSystem()
    // Latin 1: an é, and a byte order mark's half.
    let foreign = Array("# Entr".utf8) + [0xE9, 0x65, 0x0A, 0xFE, 0x0A]
    try AtomicFile.write(foreign, to: system.path(Self.path), AtomicFile.Metadata(mode: 0o644))
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    #expect(try Files.read(system.path(Self.path)).starts(with: foreign))
    let edited = try Files.read(system.path(Self.path)) + [0xE9, 0x0A]
    try AtomicFile.write(edited, to: system.path(Self.path), AtomicFile.Metadata(mode: 0o644))
    _ = try await installation.installer.uninstall()
    #expect(try Files.read(system.path(Self.path)) == foreign + [0xE9, 0x0A])
  }

  @Test func namesOfUsersInAnotherEncodingStay() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    let later = Array("later:x:1000:1000:Ren".utf8) + [0xE9] + Array(":/:\n".utf8)
    try AtomicFile.write(
      Files.read(system.path("/etc/passwd")) + later, to: system.path("/etc/passwd"),
      AtomicFile.Metadata(mode: 0o644))
    _ = try await installation.installer.uninstall()
    #expect(
      try Files.read(system.path("/etc/passwd")) == Array("root:x:0:0:root:/root:/bin/sh\n".utf8) + later)
  }
}
