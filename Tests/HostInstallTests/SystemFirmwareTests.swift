import Glibc
import Testing

@testable import HostInstall

/// The program itself, with libefivar on a directory of variables: it reads the directory's name when it is loaded, so
/// this takes a process of its own.
@Suite struct SystemFirmwareTests {
  private static var program: String {
    Files.parent(Installation.profilePath) + "/.build/debug/ramdisk-install"
  }

  @Test(
    .enabled(if: geteuid() == 0 && Files.exists(SystemFirmwareTests.program), "needs root and the program"))
  func variablesAreWrittenReadBackAndRemovedByLibefivar() async throws {
    let variables = try VariableDirectory()
    try variables.write(
      .loader("LoaderInfo"), FirmwareValue(UTF16Text.encoded("systemd-boot 252.39"), attributes: 6))
    try variables.write(.loader("LoaderFeatures"), FirmwareValue([0x7F, 0, 0, 0, 0, 0, 0, 0], attributes: 6))
    let before = try variables.all
    let system = try FakeSystem(.systemdBoot)
    try system.write(
      "/etc/fstab", "UUID=r00t / ext4 defaults 0 1\nPARTUUID=e5b /boot/efi vfat umask=0077 0 1\n")
    func run(_ arguments: [String]) async throws -> CommandResult {
      try await variables.run(
        [Self.program] + arguments + ["--root", system.root.path, "--profiles", Installation.profilePath])
    }
    // A tree without a disk of its own: a small one that has a name will do.
    let image = system.payload + "/disk"
    let made = try await SystemCommands(root: .local).succeed(
      Command([
        "sh", "-ec",
        "truncate -s 8M \"$1\"; printf 'label: gpt\\n' | sfdisk -q \"$1\"; losetup -f --show \"$1\"", "sh",
        image,
      ]))
    let disk = String(made.output.prefix { !$0.isWhitespace })
    do { try await roundTrip(run, disk, system, variables) } catch {
      try await SystemCommands(root: .local).succeed(Command(["losetup", "-d", disk]))
      throw error
    }
    try await SystemCommands(root: .local).succeed(Command(["losetup", "-d", disk]))
    #expect(try variables.all == before)
  }

  private func roundTrip(
    _ run: ([String]) async throws -> CommandResult, _ disk: String, _ system: FakeSystem,
    _ variables: VariableDirectory
  ) async throws {
    let installed = try await run(
      [
        "install", "--yes", "--initramfs", "keep", "--payload", system.payload, "--disk", disk,
      ])
    guard installed.status == 0 else {
      Issue.record("\(installed.output)\(installed.errors)")
      return
    }
    #expect(installed.output.contains("systemd-boot"))
    let once = try await run(["boot-once"])
    #expect(once.status == 0, "\(once.errors)")
    #expect(variables.text(.loader("LoaderEntryOneShot")) == "AA_iscsi_target_ramdisk-0-1.conf")
    #expect(try await run(["status"]).output.contains("Next boot: the ramdisk, once."))
    let removed = try await run(["uninstall", "--yes"])
    #expect(removed.status == 0, "\(removed.errors)")
  }
}
