import Testing

@testable import HostInstall

@Suite struct BootLoaderSelectionTests {
  private func plan(_ system: FakeSystem, _ kind: BootLoaderKind? = nil) async throws -> Plan {
    var options = InstallOptions(payload: system.payload)
    options.initramfs = .keep
    options.bootLoader = kind
    return try await Installation(system).installer.plan(options)
  }

  @Test(arguments: BootLoaderKind.allCases)
  func theBestIsChosenAndSaysWhy(_ kind: BootLoaderKind) async throws {
    let plan = try await plan(FakeSystem(kind))
    #expect(plan.isPossible)
    let selection = try #require(plan.bootLoaders)
    #expect(selection.kind == kind)
    #expect(Set(selection.candidates.map(\.kind)) == Set(BootLoaderKind.allCases))
    #expect(selection.candidates.allSatisfy { !$0.reason.isEmpty && $0.obstacle?.remedy.isEmpty != true })
  }

  @Test func theUsersChoiceCountsAndIsExplainedWhereItCannotBe() async throws {
    let system = try FakeSystem(.systemdBoot)
    #expect(try await plan(system, .efi).bootLoaders?.kind == .efi)
    let refused = try await plan(system, .grub)
    #expect(!refused.isPossible)
    #expect(
      refused.findings.contains { $0.text == "grub: there is no GRUB configuration" && $0.remedy != nil })
  }

  @Test func anInstallationStaysWithItsBootLoader() async throws {
    let system = try FakeSystem(.systemdBoot)
    let installation = try Installation(system)
    try await installation.install()
    #expect(try installation.installer.status().bootLoader == .systemdBoot)
    #expect(try await plan(system).bootLoaders?.kind == .systemdBoot)
    let other = try await plan(system, .efi)
    #expect(other.findings.contains { $0.severity == .refusal && $0.text.contains("by way of systemd-boot") })
  }

  @Test func aLoaderThatDidNotStartThisMachineIsNotTaken() async throws {
    let system = try FakeSystem(.systemdBoot)
    try system.firmware.write(.loader("LoaderInfo"), FirmwareValue(UTF16Text.encoded("rEFInd 0.14")))
    #expect(try await plan(system).bootLoaders?.kind == .efi)
  }

  @Test func systemdBootIsNotTakenWhereTheRamdiskWouldBeItsDefaultOrBeDeleted() async throws {
    let alone = try FakeSystem(.systemdBoot)
    try alone.remove("/boot/efi/loader/entries/\(FakeBootLoaders.machineID)-6.1.0-10-amd64.conf")
    #expect(try await plan(alone).bootLoaders?.kind == .efi)
    let swept = try FakeSystem(.systemdBoot)
    try swept.write("/usr/bin/sdboot-manage", "#!/bin/sh\n")
    #expect(try await plan(swept).bootLoaders?.kind == .efi)
  }

  @Test func aPartitionThatIsTooSmallIsRefused() async throws {
    let system = try FakeSystem(.systemdBoot)
    let (facts, profile) = try system.detector(Installation.profiles(system)).detect()
    let context = BootLoaderContext(
      root: system.root, facts: facts, profile: try #require(profile), firmware: system.firmware,
      payloadSize: .max)
    #expect(SystemdBootLoader(context).obstacle?.reason.contains("MiB are free in /boot/efi") == true)
  }

  @Test func othersAreFoundWithInstructions() async throws {
    let system = try FakeSystem(.efi)
    try system.write("/boot/extlinux/extlinux.conf", "LABEL linux\n")
    try system.write("/boot/efi/EFI/refind/refind.conf", "timeout 20\n")
    try system.firmware.remove(BootOptions.orderName)
    let plan = try await plan(system)
    #expect(plan.facts.otherBootLoaders.map(\.name) == ["rEFInd", "Limine", "U-Boot or extlinux"])
    let refusal = try #require(plan.findings.first { $0.severity == .refusal })
    #expect(refusal.text.contains("systemd-boot: systemd-boot is on no EFI system partition"))
    #expect(refusal.remedy?.contains("/boot/efi/limine.conf") == true)
    #expect(refusal.remedy?.contains("/boot/extlinux/extlinux.conf") == true)
  }

  @Test func whatLiesOnAnUnmountedPartitionIsNotForgotten() async throws {
    let system = try FakeSystem(.systemdBoot)
    let installation = try Installation(system)
    try await installation.install()
    let profiles = try Installation.profiles(system)
    let unmounted = Installer(
      root: system.root, profiles: profiles,
      detector: {
        Detector(
          root: system.root, profiles: profiles, devices: [],
          mounts: MountTable("1 0 8:1 / \(system.root.path) rw - ext4 /dev/sda1 rw"))
      }, runner: FakePrograms(system), firmware: system.firmware, report: { _ in })
    let failure = await #expect(throws: InstallFailure.self) { try await unmounted.uninstall() }
    #expect(failure?.cause.contains("'mount /boot/efi'") == true)
    #expect(try await installation.installer.uninstall() == [])
  }
}
