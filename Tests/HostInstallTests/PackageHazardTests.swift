import Testing

@testable import HostInstall

/// Package managers do more than they were asked for, and others use them, too.
@Suite struct PackageHazardTests {
  @Test func packagesThatAreHalfInstalledComeFirst() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let programs = FakePrograms(system, halfInstalled: "linux-image-6.1.0-11-amd64 is only unpacked\n")
    let plan = try await Installation(system, programs: programs).installer.plan(
      InstallOptions(payload: system.payload))
    let refusal = try #require(plan.findings.first { $0.severity == .refusal })
    #expect(refusal.text.contains("linux-image-6.1.0-11-amd64 is only unpacked"))
    #expect(try system.changes(since: before) == [])
  }

  @Test func aKernelThatAnotherProgramInstalledMeanwhileStays() async throws {
    let system = try FakeSystem()
    let image = "/boot/vmlinuz-\(FakePrograms.newKernel)"
    let faults = FaultPoints { if $0 == "after packages" { try system.write(image, "a new kernel") } }
    let installation = try Installation(system, programs: FakePrograms(system, faults: faults))
    try await installation.install()
    #expect(
      installation.events.all.contains {
        if case .warning(let text) = $0 {
          text.contains("linux-image-\(FakePrograms.newKernel)")
        } else {
          false
        }
      })
    _ = try await Installation(system).installer.uninstall()
    #expect(system.text(image) == "a new kernel")
    #expect(system.text("/boot/initrd.img-6.1.0-9-amd64") == "initramfs-tools image of 6.1.0-9-amd64")
  }

  @Test func whatTheUserInstalledSinceIsNotTakenAlong() async throws {
    let system = try FakeSystem()
    try await Installation(system).install()
    let programs = FakePrograms(system, needingDracut: ["clevis-dracut"])
    let failure = await #expect(throws: InstallFailure.self) {
      try await Installation(system, programs: programs).installer.uninstall()
    }
    #expect(failure?.cause.contains("would remove clevis-dracut") == true)
    #expect(Files.exists(system.path("/usr/bin/dracut")))
    // Once it is gone the way is free.
    #expect(try await Installation(system).installer.uninstall() == [])
    #expect(!Files.exists(system.path("/usr/bin/dracut")))
  }

  /// The uninstallation waits for the user, and meanwhile the system goes on.
  @Test func anImageMadeWhileAnUninstallationWaitsIsMadeAnew() async throws {
    let system = try FakeSystem()
    try await Installation(system).install()
    let programs = FakePrograms(system, needingDracut: ["clevis-dracut"])
    _ = await #expect(throws: InstallFailure.self) {
      try await Installation(system, programs: programs).installer.uninstall()
    }
    let image = "/boot/initrd.img-6.1.0-9-amd64"
    try system.write(image, "of newer modules")
    _ = try await Installation(system).installer.uninstall()
    #expect(system.text(image) == "initramfs-tools image of 6.1.0-9-amd64, made anew")
    #expect(
      system.text("/boot/initrd.img-6.1.0-10-amd64") == "initramfs-tools image of 6.1.0-10-amd64")
  }

  @Test func aRootThatDracutWouldNotOpenKeepsItsOwnImages() throws {
    let system = try FakeSystem()
    let profiles = try Installation.profiles(system)
    var (facts, profile) = try system.detector(profiles).detect()
    #expect(InstallOptions.InitramfsMode.best(for: profile, facts) == .switch)
    facts.rootStack.hasVolumeGroups = true
    #expect(InstallOptions.InitramfsMode.best(for: profile, facts) == .sidecar)
    func refusals(_ mode: InstallOptions.InitramfsMode) -> [Finding] {
      Preflight(
        facts: facts, profile: profile, root: system.root, initramfs: mode, installed: nil, bootLoaders: nil,
        hostKernel: nil
      ).findings().filter { $0.severity == .refusal }
    }
    #expect(refusals(.switch).contains { $0.text.contains("LVM") && $0.remedy == "--initramfs sidecar" })
    #expect(!refusals(.sidecar).contains { $0.text.contains("LVM") })
    facts.commandLine += " rd.lvm.vg=vg"
    #expect(InstallOptions.InitramfsMode.best(for: profile, facts) == .switch)
  }
}
