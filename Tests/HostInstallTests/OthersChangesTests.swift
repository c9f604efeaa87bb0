import Testing

@testable import HostInstall

/// What others made of a file between two of our operations is there after the uninstallation.
@Suite struct OthersChangesTests {
  private static let usersEntry = "menuentry 'B' {\n  chainloader +1\n}\n"
  private static let grub = "/boot/grub/grub.cfg"

  @Test(arguments: [nil, "# the user's own\n"])
  func anEntryAddedToCustomConfigurationStays(first: String?) async throws {
    let system = try FakeSystem()
    if let first {
      try system.write("/boot/grub/custom.cfg", first)
    } else {
      try system.remove("/boot/grub/custom.cfg")
    }
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    try system.write("/boot/grub/custom.cfg", (system.text("/boot/grub/custom.cfg") ?? "") + Self.usersEntry)
    for version in [UInt8(2), 3] {
      try system.makePayload(version: "\(version)", byte: version)
      try await installation.install("update", initramfs: .keep)
    }
    #expect(system.text("/boot/grub/custom.cfg")?.contains(InstalledPaths.previousEntry) == true)
    let kept = try await installation.installer.uninstall()
    #expect(system.text("/boot/grub/custom.cfg") == (first ?? "") + Self.usersEntry)
    #expect(kept == ["/boot/grub/custom.cfg was changed since: only our lines were taken out"])
  }

  /// A system whose kernels changed since the installation, so that its menu was generated anew.
  private func systemWithANewerMenu() async throws -> FakeSystem {
    let system = try FakeSystem(.grubScript)
    try system.write(Self.grub, FakeBootLoaders.generatedConfiguration + "# of a kernel that went\n")
    try await Installation(system).install()
    try system.write(Self.grub, "# newer\n" + (system.text(Self.grub) ?? ""))
    try system.makePayload(version: "2", byte: 2)
    return system
  }

  @Test func aMenuOfKernelsThatWentDoesNotComeBack() async throws {
    let system = try await systemWithANewerMenu()
    let installation = try Installation(system)
    try await installation.install("update")
    #expect(try await installation.installer.uninstall() == [])
    #expect(system.text(Self.grub) == FakeBootLoaders.generatedConfiguration)
  }

  @Test(arguments: ["announced change", "generated \(grub)", "becoming \(grub)", "exchanged \(grub)"])
  func norAfterAnUpdateThatWasKilled(place: String) async throws {
    let system = try await systemWithANewerMenu()
    let faults = FaultPoints { name in
      let isGRUB = try Journal.read(in: system.root).changes.last?.action.summary == Self.grub
      if name.hasPrefix(place) && isGRUB { throw SimulatedKill() }
    }
    do { try await Installation(system, faults: faults).install("update") } catch {}
    #expect(try Journal.read(in: system.root).interrupted == "update")
    #expect(try await Installation(system).installer.uninstall() == [])
    #expect(system.text(Self.grub) == FakeBootLoaders.generatedConfiguration)
  }

  @Test func norAfterAnUninstallationThatWasKilled() async throws {
    var number = 1
    while true {
      let system = try await systemWithANewerMenu()
      try await Installation(system).install("update")
      let (faults, counter) = killing(at: number)
      do { _ = try await Installation(system, faults: faults).installer.uninstall() } catch {}
      if Journal.exists(in: system.root) { _ = try await Installation(system).installer.uninstall() }
      #expect(
        system.text(Self.grub) == FakeBootLoaders.generatedConfiguration,
        "killed at place \(number): \(counter.name(number))")
      if counter.count < number { break }
      number += 1
    }
    #expect(number > 10)
  }

  @Test func othersBootOptionsStay() async throws {
    let system = try FakeSystem(.efi)
    let installation = try Installation(system)
    try await installation.install()
    let ours = try #require(try BootOptions(system.firmware).ours)
    try system.firmware.write(BootOptions.name(9), FakeFirmware.option("Another"))
    try system.firmware.write(BootOptions.orderName, FirmwareValue(BootOptions.bytes([9, 1, 0])))
    try await installation.install("update")
    #expect(try BootOptions(system.firmware).order == [9, 1, 0, ours])
    #expect(try await installation.installer.uninstall() == [])
    #expect(try BootOptions(system.firmware).order == [9, 1, 0])
    #expect(try BootOptions(system.firmware).ours == nil)
  }

  @Test func aNumberThatAnotherTookIsNoLongerOurs() async throws {
    let system = try FakeSystem(.efi)
    let installation = try Installation(system)
    try await installation.install()
    let first = try #require(try BootOptions(system.firmware).ours)
    try system.firmware.write(BootOptions.name(first), FakeFirmware.option("Another"))
    try system.firmware.write(BootOptions.orderName, FirmwareValue(BootOptions.bytes([first, 1, 0])))
    try await installation.install("update")
    let second = try #require(try BootOptions(system.firmware).ours)
    #expect(try BootOptions(system.firmware).order == [first, 1, 0, second])
    try system.firmware.write(
      BootOptions.orderName, FirmwareValue(BootOptions.bytes([first, 1, second, 0])))
    #expect(try await installation.installer.uninstall() == [])
    #expect(try BootOptions(system.firmware).order == [first, 1, 0])
    #expect(try BootOptions(system.firmware).labels[first] == "Another")
  }

  /// The list reads as we left it, but our number in it is another's; with and without a second run.
  @Test(arguments: [false, true])
  func aNumberThatAnotherTookStaysInTheList(isUpdated: Bool) async throws {
    let system = try FakeSystem(.efi)
    let installation = try Installation(system)
    try await installation.install()
    let first = try #require(try BootOptions(system.firmware).ours)
    try system.firmware.write(BootOptions.name(first), FakeFirmware.option("Another"))
    if isUpdated {
      try await installation.install("update")
      let second = try #require(try BootOptions(system.firmware).ours)
      #expect(try BootOptions(system.firmware).order == [1, 0, first, second])
    }
    #expect(try await installation.installer.uninstall() == [])
    #expect(try BootOptions(system.firmware).order == [1, 0, first])
    #expect(try BootOptions(system.firmware).labels[first] == "Another")
    #expect(try BootOptions(system.firmware).ours == nil)
  }

  @Test func anothersChoiceOfTheNextBootComesBack() async throws {
    let system = try FakeSystem(.efi)
    let installation = try Installation(system)
    try await installation.install()
    try await installation.installer.bootOnce()
    try system.firmware.write(BootOptions.nextName, FirmwareValue(BootOptions.bytes([0])))
    try await installation.installer.bootOnce()
    #expect(try await installation.installer.uninstall() == [])
    #expect(try BootOptions(system.firmware).next == 0)
  }

  /// With and without a boot of ours in between.
  @Test(arguments: ["", "ramdisk-install"])
  func theEntryThatTheSystemSavedStays(next: String) async throws {
    let system = try FakeSystem()
    let environment = "/boot/grub/grubenv"
    try system.write(environment, EnvironmentBlock.signature + String(repeating: "#", count: 999))
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    try await installation.installer.bootOnce()
    try system.write(
      environment, EnvironmentBlock.signature + "saved_entry=newer\nnext_entry=\(next)\n####")
    try await installation.installer.bootOnce()
    #expect(try installation.installer.status().nextIsRamdisk)
    #expect(try await installation.installer.uninstall() == [])
    let rest = try #require(EnvironmentBlock(system.text(environment) ?? ""))
    #expect(rest["saved_entry"] == "newer")
    #expect(rest["next_entry"] ?? "" == "")
  }

  /// After an update that was killed, too.
  @Test(arguments: [false, true])
  func anImageThatTheSystemMadeSinceIsMadeAnew(isKilled: Bool) async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install()
    let image = "/boot/initrd.img-6.1.0-9-amd64"
    try system.write(image, "of newer modules, not fit for iSCSI")
    let faults = FaultPoints { name in
      if isKilled && name == "exchanged \(image)" { throw SimulatedKill() }
    }
    do { try await Installation(system, faults: faults).install("update") } catch {}
    #expect(try (Journal.read(in: system.root).interrupted != nil) == isKilled)
    #expect(system.text(image)?.hasPrefix("dracut image") == true)
    _ = try await installation.installer.uninstall()
    #expect(system.text(image) == "initramfs-tools image of 6.1.0-9-amd64, made anew")
    #expect(
      system.text("/boot/initrd.img-6.1.0-10-amd64") == "initramfs-tools image of 6.1.0-10-amd64")
  }
}
