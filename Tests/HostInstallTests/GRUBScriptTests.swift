import Testing

@testable import HostInstall

@Suite struct GRUBScriptTests {
  @Test func theScriptPrintsTheEntry() async throws {
    let system = try FakeSystem(.grubScript)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    let script = try #require(system.text("/etc/grub.d/42_ramdisk-install"))
    #expect(script.hasPrefix("#!/bin/sh\n# Written by ramdisk-install;"))
    #expect(try FileImage(of: system.path("/etc/grub.d/42_ramdisk-install")).mode == 0o755)
    let printed = try await SystemCommands(root: .local).succeed(
      Command(["sh", system.path("/etc/grub.d/42_ramdisk-install")]))
    #expect(printed.output.hasPrefix("menuentry 'iSCSI Target Ramdisk' --id ramdisk-install "))
    let menu = try #require(system.text("/boot/grub/grub.cfg"))
    #expect(menu == FakeBootLoaders.generatedConfiguration + printed.output)
    #expect(try FileImage(of: system.path("/boot/grub/grub.cfg")).mode == 0o600)
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func aMenuThatTheSystemMadeAnewSinceIsRidOfTheEntry() async throws {
    let system = try FakeSystem(.grubScript)
    let installation = try Installation(system)
    try await installation.install()
    let programs = FakePrograms(system)
    // A kernel was installed: update-grub ran.
    _ = try await programs.run(Command(["grub-mkconfig", "-o", "/boot/grub/grub.cfg"]))
    try system.write("/boot/grub/grub.cfg", "# newer\n" + (system.text("/boot/grub/grub.cfg") ?? ""))
    #expect(try installation.installer.status().problems == [])
    _ = try await installation.installer.uninstall()
    #expect(system.text("/boot/grub/grub.cfg") == FakeBootLoaders.generatedConfiguration)
  }

  @Test func aMenuThatWasEditedByHandIsNotLost() async throws {
    let system = try FakeSystem(.grubScript)
    try system.write(
      "/boot/grub/grub.cfg",
      FakeBootLoaders.generatedConfiguration + "menuentry 'my own' {\n  chainloader +1\n}\n")
    let before = try system.state()
    let failure = await #expect(throws: InstallFailure.self) { try await Installation(system).install() }
    #expect(failure?.rollback == .complete)
    #expect(failure?.cause.contains("menuentry 'my own'") == true)
    #expect(try system.changes(since: before) == [])
  }
}
