import Glibc
import Testing

@testable import HostInstall

/// A power cut may leave what the journal keeps short.
@Suite struct LostContentTests {
  /// Cuts everything short that the journal keeps.
  private func damage(_ system: FakeSystem) throws {
    let directory = system.path(Journal.directory) + "/before"
    for name in try Files.list(directory) {
      try AtomicFile.write([], to: "\(directory)/\(name)", AtomicFile.Metadata(mode: 0o600))
    }
  }

  @Test func contentThatIsThereAndShortIsKeptAgain() throws {
    let system = try FakeSystem()
    let journal = try Journal(root: system.root)
    try system.write("/etc/file", "content")
    let digest = try FileImage.digest(of: system.path("/etc/file"))
    try AtomicFile.write([], to: journal.content(digest), AtomicFile.Metadata(mode: 0o600))
    try journal.append(.began(operation: "update", version: "1"))
    _ = try Transaction(root: system.root, journal: journal, faults: .none).announce("/etc/file")
    #expect(Files.text(journal.content(digest)) == "content")
  }

  @Test func damagedContentIsNotPutBack() async throws {
    let system = try FakeSystem()
    let custom = system.text("/boot/grub/custom.cfg")
    let installation = try Installation(system)
    try await installation.install()
    try damage(system)
    let kept = try await installation.installer.uninstall()
    #expect(kept.contains { $0.contains("/boot/initrd.img-6.1.0-9-amd64") }, "\(kept)")
    #expect(!Journal.exists(in: system.root))
    // What can be made without it is as it was.
    #expect(
      system.text("/boot/initrd.img-6.1.0-9-amd64") == "initramfs-tools image of 6.1.0-9-amd64, made anew")
    #expect(system.text("/boot/grub/custom.cfg") == custom)
    #expect(system.text("/etc/group")?.contains("root:x:0:") == true)
  }

  @Test func aMenuWhoseFormerStateIsLostIsGenerated() async throws {
    let system = try FakeSystem(.grubScript)
    let installation = try Installation(system)
    try await installation.install()
    try damage(system)
    let kept = try await installation.installer.uninstall()
    #expect(kept.count == 1 && kept[0].contains("/boot/grub/grub.cfg"), "\(kept)")
    #expect(system.text("/boot/grub/grub.cfg") == FakeBootLoaders.generatedConfiguration)
  }

  @Test func ofALostEnvironmentBlockOnlyOurChoiceIsTakenOut() async throws {
    let system = try FakeSystem()
    let path = "/boot/grub/grubenv"
    try system.write(path, EnvironmentBlock.signature + "saved_entry=1\n####")
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    try await installation.installer.bootOnce()
    try damage(system)
    _ = try await installation.installer.uninstall()
    let rest = try #require(EnvironmentBlock(system.text(path) ?? ""))
    #expect(rest["saved_entry"] == "1")
    #expect(rest["next_entry"] == nil)
  }
}
