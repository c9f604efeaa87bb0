import Glibc
import SiteConfig
import Synchronization
import Testing

@testable import HostInstall

@Suite struct InstallTests {
  @Test func installsWhatThePlanSays() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()

    #expect(system.text("/boot/initrd.img-6.1.0-9-amd64")?.hasPrefix("dracut image") == true)
    #expect(system.text("/boot/initrd.img-6.1.0-10-amd64")?.hasPrefix("dracut image") == true)
    #expect(try FileImage(of: system.path("/etc/iscsi-target-ramdisk.json5")).mode == 0o600)
    #expect(try FileImage(of: system.path("/boot/iscsi-target-ramdisk/site.img")).mode == 0o600)
    let custom = try #require(system.text("/boot/grub/custom.cfg"))
    #expect(
      custom.hasPrefix("# the user's own\nset color_normal=white/black\n### BEGIN ramdisk-install ###\n"))
    #expect(custom.contains("search --no-floppy --fs-uuid --set=root \(FakeSystem.fileSystemUUID)"))
    #expect(
      custom.contains("linux /boot/iscsi-target-ramdisk/vmlinuz console=ttyS0 quiet panic=30\n"))
    #expect(try FileImage(of: system.path("/boot/grub/custom.cfg")).mode == 0o600)
    #expect(try installation.installer.status().problems == [])
  }

  @Test func makesASiteThatTheRuntimeAccepts() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    let text = try #require(system.text("/etc/iscsi-target-ramdisk.json5"))
    let site = try Site.parse(text: text, fileName: "site")
    #expect(
      site.target.luns == [Site.LogicalUnit(lun: 0, disk: "ptuuid:aaaaaaaa-0000-0000-0000-000000000000")])
    #expect(site.target.iqn.hasPrefix("iqn.2026-11.net.iscsi-target-ramdisk:fakehost-"))
    #expect(site.target.chap?.secret.count == 14)
    #expect(site.target.chap?.mutual?.secret.count == 14)
    #expect(site.boot.partition == "uuid:\(FakeSystem.fileSystemUUID)")
    #expect(site.boot.path == "/boot")
    #expect(site.boot.commandLine == "root=UUID=\(FakeSystem.fileSystemUUID) ro console=ttyS0 quiet")
    #expect(site.boot.initramfs == "dracut-059")
    let shown = installation.events.all.compactMap { event -> String? in
      if case .secret(_, let value) = event { value } else { nil }
    }
    #expect(shown.contains { $0.contains(site.target.chap?.secret ?? "?") })
  }

  @Test func uninstallingLeavesEveryByteAsItWas() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    #expect(try system.changes(since: before) != [])
    let kept = try await installation.installer.uninstall()
    #expect(kept == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func uninstallingKeepsWhatTheUserChanged() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    try system.write("/etc/iscsi-target-ramdisk.json5", "{ mine: 1 }", mode: 0o600)
    try system.write("/etc/iscsi/iscsid.conf", "node.startup = automatic\n")
    try system.write("/boot/grub/custom.cfg", "# above\n" + (system.text("/boot/grub/custom.cfg") ?? ""))
    let kept = try await installation.installer.uninstall()
    #expect(kept.count == 3)
    #expect(system.text("/etc/iscsi-target-ramdisk.json5") == "{ mine: 1 }")
    #expect(
      system.text("/boot/grub/custom.cfg") == "# above\n# the user's own\nset color_normal=white/black\n")
    #expect(system.text("/boot/initrd.img-6.1.0-10-amd64") == "initramfs-tools image of 6.1.0-10-amd64")
  }

  @Test func uninstallingRebuildsImagesOfKernelsThatCameLater() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    try system.write("/boot/vmlinuz-6.1.0-11-amd64", "kernel")
    try system.write("/boot/initrd.img-6.1.0-11-amd64", "dracut image: iscsi")
    try system.write("/lib/modules/6.1.0-11-amd64/modules.builtin", "")
    _ = try await installation.installer.uninstall()
    #expect(system.text("/boot/initrd.img-6.1.0-11-amd64")?.hasPrefix("initramfs-tools image") == true)
    #expect(system.text("/boot/initrd.img-6.1.0-9-amd64") == "initramfs-tools image of 6.1.0-9-amd64")
  }

  @Test func whatAnAddedPackageLeavesBehindGoesToo() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    // Another user came since: the file cannot become what it was.
    try system.write("/etc/passwd", (system.text("/etc/passwd") ?? "") + "later:x:1000:1000::/:\n")
    #expect(try await installation.installer.uninstall() == [])
    #expect(system.text("/etc/passwd")?.hasSuffix("later:x:1000:1000::/:\n") == true)
    #expect(system.text("/etc/passwd")?.contains("messagebus") == false)
    #expect(try system.changes(since: before) == ["/etc/passwd"])
  }

  @Test func whatWasThereBeforeAPackageIsNotItsLeftover() async throws {
    let system = try FakeSystem()
    try system.write("/var/lib/dbus/machine-id", "mine\n")
    try system.write("/etc/passwd", (system.text("/etc/passwd") ?? "") + "messagebus:x:7:7::/:\n")
    let installation = try Installation(system)
    try await installation.install()
    _ = try await installation.installer.uninstall()
    #expect(system.text("/var/lib/dbus/machine-id") != nil)
    #expect(system.text("/etc/passwd")?.contains("messagebus:x:7") == true)
  }

  @Test func anUpdateKeepsThePreviousPayloadAsAFallback() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    for (version, byte) in [("2", UInt8(2)), ("3", 3)] {
      try system.makePayload(version: version, byte: byte)
      try await installation.install("update")
      #expect(try Files.read(system.path("/boot/iscsi-target-ramdisk/vmlinuz")).last == byte)
      #expect(try Files.read(system.path("/boot/iscsi-target-ramdisk/previous/vmlinuz")).last == byte - 1)
    }
    #expect(system.text("/boot/grub/custom.cfg")?.contains("--id ramdisk-install-previous") == true)
    #expect(try installation.installer.status().productVersion == "3")
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func anUpdatePacksAnEditedConfiguration() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    let site = try #require(system.text("/etc/iscsi-target-ramdisk.json5"))
    try system.write("/etc/iscsi-target-ramdisk.json5", "// mine\n" + site, mode: 0o600)
    #expect(try installation.installer.status().problems.contains { $0.contains("not in use yet") })
    let programs = FakePrograms(system)
    try await Installation(system, programs: programs).install("update")
    #expect(try installation.installer.status().problems == [])
    #expect(try installation.installer.status().changed == ["/etc/iscsi-target-ramdisk.json5"])
    // The images are as they have to be: building them takes a minute each.
    #expect(!programs.commands.contains { $0.arguments.first == "dracut" })
  }

  @Test func aConfigurationWithAMistakeIsRefused() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    try system.write("/etc/iscsi-target-ramdisk.json5", "{ target: { iqn: 7 } }", mode: 0o600)
    let installed = try system.state()
    let failure = await #expect(throws: InstallFailure.self) { try await installation.install("update") }
    #expect(failure?.rollback == .complete)
    #expect(try system.changes(since: installed).allSatisfy { $0.hasPrefix(Journal.directory) })
  }

  @Test func withKeepNoInitramfsIsTouched() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let programs = FakePrograms(system)
    let installer = try Installation(system, programs: programs).installer
    var options = InstallOptions(payload: system.payload)
    options.initramfs = .keep
    try await installer.apply(installer.plan(options), operation: "install")
    #expect(programs.commands.map { $0.arguments.first } == ["grub-script-check"])
    #expect(
      try system.changes(since: before).allSatisfy { !$0.contains("initrd.img-") && !$0.contains("dracut") })
    let site = try Site.parse(text: system.text("/etc/iscsi-target-ramdisk.json5") ?? "", fileName: "site")
    #expect(site.boot.initramfs == "initramfs-tools")
    _ = try await installer.uninstall()
    #expect(try system.changes(since: before) == [])
  }

  @Test func anUnfitImageIsRefusedAndEverythingTakenBack() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try Installation(system, programs: FakePrograms(system, imageModules: ["network"]))
    let failure = await #expect(throws: InstallFailure.self) { try await installation.install() }
    #expect(failure?.rollback == .complete)
    #expect(failure?.cause.contains("dracut's module iscsi") == true)
    #expect(try system.changes(since: before) == [])
  }

  @Test func ctrlCTakesEverythingBack() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let steps = Mutex(0)
    let installation = try Installation(
      system,
      isCancelled: {
        steps.withLock {
          $0 += 1
          return $0 == 5
        }
      })
    let failure = await #expect(throws: InstallFailure.self) { try await installation.install() }
    #expect(failure?.cause == "interrupted")
    #expect(failure?.rollback == .complete)
    #expect(try system.changes(since: before) == [])
  }

  @Test func aSwitchThatRemovesMoreIsRefused() async throws {
    let system = try FakeSystem()
    let programs = FakePrograms(system, alsoRemoved: ["clevis-initramfs"])
    let plan = try await Installation(system, programs: programs).installer.plan(
      InstallOptions(payload: system.payload))
    #expect(!plan.isPossible)
    #expect(plan.findings.contains { $0.severity == .refusal && $0.text.contains("clevis-initramfs") })
  }

  @Test func aForeignFileIsNotOverwritten() async throws {
    let system = try FakeSystem()
    try system.write("/boot/iscsi-target-ramdisk/vmlinuz", "someone else's")
    let before = try system.state()
    let installation = try Installation(system)
    let failure = await #expect(throws: InstallFailure.self) { try await installation.install() }
    #expect(failure?.cause.contains("/boot/iscsi-target-ramdisk/vmlinuz exists") == true)
    #expect(try system.changes(since: before) == [])
  }

  @Test func aDryRunChangesNothing() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let programs = FakePrograms(system)
    _ = try await Installation(system, programs: programs).installer.plan(
      InstallOptions(payload: system.payload))
    #expect(try system.changes(since: before) == [])
    #expect(programs.commands.allSatisfy { $0.arguments.contains("-s") || $0.arguments.contains("--audit") })
  }

  @Test func twoRunsAtOnceAreRefused() async throws {
    let system = try FakeSystem()
    let journal = try Journal(root: system.root)
    let installation = try Installation(system)
    let failure = await #expect(throws: InstallFailure.self) { try await installation.install() }
    #expect(failure?.rollback == .nothingDone)
    #expect(failure?.cause.contains("another ramdisk-install is at work") == true)
    try journal.erase()
  }
}
