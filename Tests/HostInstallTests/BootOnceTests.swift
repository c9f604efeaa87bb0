import Testing

@testable import HostInstall

@Suite struct BootOnceTests {
  private let block = EnvironmentBlock.signature + String(repeating: "#", count: 999)

  @Test func theNextBootIsChosenAndReadBack() async throws {
    let system = try FakeSystem()
    try system.write("/boot/grub/grubenv", block)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    try await installation.installer.bootOnce()
    #expect(try installation.installer.status().nextEntry == "ramdisk-install")
    _ = try await installation.installer.uninstall()
    #expect(try system.changes(since: before) == [])
  }

  @Test func whatGRUBMadeOfTheBlockIsTakenBack() async throws {
    let system = try FakeSystem()
    try system.write("/boot/grub/grubenv", block)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    try await installation.installer.bootOnce()
    try system.write(
      "/boot/grub/grubenv", EnvironmentBlock.signature + "next_entry=\n" + String(repeating: "#", count: 987))
    _ = try await installation.installer.uninstall()
    #expect(try system.changes(since: before) == [])
  }

  @Test func othersVariablesStay() async throws {
    let system = try FakeSystem()
    try system.write("/boot/grub/grubenv", block)
    let installation = try Installation(system)
    try await installation.install()
    try await installation.installer.bootOnce()
    try system.write(
      "/boot/grub/grubenv", EnvironmentBlock.signature + "saved_entry=1\nnext_entry=ramdisk-install\n###")
    _ = try await installation.installer.uninstall()
    let rest = try #require(EnvironmentBlock(system.text("/boot/grub/grubenv") ?? ""))
    #expect(rest["saved_entry"] == "1")
    #expect(rest["next_entry"] == nil)
  }

  @Test func itIsRefusedWhereGRUBCouldNotForget() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    await #expect(throws: BootOnceRefused.self) { try await installation.installer.bootOnce() }
    try await installation.install()
    let refused = await #expect(throws: BootOnceRefused.self) { try await installation.installer.bootOnce() }
    #expect(refused?.reason.contains("environment block") == true)
  }
}
