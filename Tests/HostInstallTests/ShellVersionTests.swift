import FoundationEssentials
import Testing

@testable import HostInstall

/// A host that has the shell version of the ramdisk already.
@Suite struct ShellVersionTests {
  private static let loaders: [BootLoaderKind] = [.grub, .grubScript, .bls]

  private func system(_ loader: BootLoaderKind, name: String = "iscsi-target-ramdisk") throws -> FakeSystem {
    let system = try FakeSystem(loader)
    try ShellVersion.install(in: system, name: name)
    return system
  }

  private func plan(_ installation: Installation, replacing: Bool = false) async throws -> Plan {
    var options = InstallOptions(payload: installation.system.payload)
    options.initramfs = .keep
    options.replacesPredecessor = replacing
    return try await installation.installer.plan(options)
  }

  private func hasShellVersion(_ system: FakeSystem) throws -> Bool {
    try system.detector(Installation.profiles(system)).detect().facts.predecessor != nil
  }

  @Test(arguments: loaders) func isFoundAndLeftAlone(_ loader: BootLoaderKind) async throws {
    let system = try system(loader)
    let before = try system.state()
    let installation = try Installation(system)
    let plan = try await plan(installation)
    let found = try #require(plan.facts.predecessor)
    #expect(found.files.count == 7)
    #expect(found.has(.entry) == (loader == .bls))
    #expect(found.menuSections == (loader == .bls ? [] : [ShellVersion.script()]))
    let warning = try #require(plan.findings.first { $0.remedy?.contains("--replace-shell-version") == true })
    #expect(warning.severity == .warning)
    #expect(warning.text.contains("/boot/iscsi-target-ramdisk-kernel.bin"))
    #expect(!plan.steps.contains { $0.id == "replace" })
    let shown = try String(decoding: JSONEncoder().encode(plan.facts), as: UTF8.self)
    #expect(!(shown + "\(plan.findings)").contains(ShellVersion.password))

    try await installation.install(initramfs: .keep)
    let menus = ["/boot/grub/grub.cfg", "/boot/grub/custom.cfg"]
    #expect(try system.changes(since: before).filter { before[$0] != nil && !menus.contains($0) } == [])
    #expect(try hasShellVersion(system))
    #expect(try installation.installer.status().problems == [])
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test(arguments: loaders) func isReplacedAndGivenBack(_ loader: BootLoaderKind) async throws {
    let system = try system(loader)
    let before = try system.state()
    let menu = system.text("/boot/grub/grub.cfg") ?? ""
    let installation = try Installation(system)
    let plan = try await plan(installation, replacing: true)
    #expect(plan.steps.last?.id == "replace")
    #expect(!plan.findings.contains { $0.remedy?.contains("--replace-shell-version") == true })
    try await installation.install(initramfs: .keep, replacing: true)
    // Its configuration of dracut stays where ours does not take its place.
    let left = try #require(
      try system.detector(Installation.profiles(system)).detect().facts.predecessor)
    #expect(left.files.map(\.path) == [ShellVersion.dracut()] && left.menuSections == [])
    let next = try await self.plan(installation, replacing: true)
    #expect(next.replaceable == nil && !next.steps.contains { $0.id == "replace" })
    #expect(next.findings.contains { $0.severity == .note && $0.text.hasPrefix(ShellVersion.dracut()) })
    if loader != .grubScript {
      #expect(
        system.text("/boot/grub/grub.cfg")
          == menu.replacing(ShellVersion.section(of: ShellVersion.script()), with: ""))
    }
    #expect(!events(installation).contains(ShellVersion.password))
    #expect(try installation.installer.status().problems == [])
    #expect(try installation.installer.status().changed == [])

    try system.makePayload(version: "2", byte: 2)
    try await installation.install("update", initramfs: .keep)
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  private func events(_ installation: Installation) -> String { "\(installation.events.all)" }

  @Test func withTheSwitchOursIsWhatConfiguresDracut() async throws {
    let system = try system(.grub)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install(replacing: true)
    #expect(try !hasShellVersion(system))
    #expect(Files.exists(system.path(DracutConfiguration.path)))
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func itsFormerNameIsKnown() async throws {
    let system = try system(.grub, name: "openwrt-iscsi-target")
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install(replacing: true)
    #expect(try !hasShellVersion(system))
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func aFileOfTheUsersOwnIsNotTakenForIt() async throws {
    let system = try FakeSystem(.bls)
    let own = "/boot/loader/entries/iscsi-target-ramdisk.conf"
    try system.write(own, "title My own\nlinux /my-kernel\n")
    try system.write("/etc/systemd/network/00-bootnet-unmanaged.network", "[Match]\nName=eth0\n")
    #expect(try !hasShellVersion(system))
    try await Installation(system).install(replacing: true)
    #expect(system.text(own) == "title My own\nlinux /my-kernel\n")
  }

  @Test func itsEntryIsNoneOfTheSystem() throws {
    let system = try FakeSystem(.grub)
    try system.write("/boot/grub/grub.cfg", "source ${config_directory}/custom.cfg\n")
    try ShellVersion.install(in: system)
    let facts = try system.detector(Installation.profiles(system)).detect().facts
    #expect(facts.grub?.commandLine == nil)
    #expect(!facts.commandLine.contains("consoleblank"))
  }

  @Test func whatMayBeItsIsNamed() async throws {
    let system = try system(.bls)
    try system.write("/etc/kernel/cmdline", "root=UUID=1\n")
    try system.write("/boot/efi/EFI/iscsi-target-ramdisk/iscsi-target-ramdisk.efi", "MZ")
    let before = try system.state()
    let installation = try Installation(system)
    let notes = try await plan(installation, replacing: true).findings.map(\.text)
    #expect(notes.contains { $0.hasPrefix("/etc/kernel/cmdline is left alone") })
    #expect(notes.contains { $0.contains("iscsi-target-ramdisk.efi is left alone") })
    try await installation.install(replacing: true)
    let changes = try system.changes(since: before)
    #expect(!changes.contains { $0.hasSuffix("cmdline") || $0.hasSuffix(".efi") })
  }

  @Test func aMenuThatCannotBeUnderstoodStays() async throws {
    let system = try system(.grub)
    let menu = system.text("/boot/grub/grub.cfg") ?? ""
    try system.write(
      "/boot/grub/grub.cfg", menu.replacing("### END \(ShellVersion.script()) ###\n", with: ""))
    let before = try system.state()
    let failure = await #expect(throws: InstallFailure.self) {
      try await Installation(system).install(initramfs: .keep, replacing: true)
    }
    #expect(failure?.rollback == .complete)
    #expect(failure?.cause.contains("grub-mkconfig") == true)
    #expect(try system.changes(since: before) == [])
  }

  @Test func aMenuThatWasGeneratedSinceIsTheSystems() async throws {
    let system = try system(.grub)
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep, replacing: true)
    let newer = "# newer\n" + (system.text("/boot/grub/grub.cfg") ?? "")
    try system.write("/boot/grub/grub.cfg", newer)
    let kept = try await installation.installer.uninstall()
    #expect(system.text("/boot/grub/grub.cfg") == newer)
    #expect(Files.exists(system.path(ShellVersion.script())))
    #expect(kept.count == 1 && kept[0].contains("grub-mkconfig -o /boot/grub/grub.cfg"))
  }

  @Test(arguments: loaders) func killedAnywhereItIsTakenBack(_ loader: BootLoaderKind) async throws {
    try await atEveryPlace {
      try system(loader)
    } run: { system, faults in
      let before = try system.state()
      do {
        try await Installation(system, faults: faults).install(initramfs: .keep, replacing: true)
      } catch {}
      let next = try Installation(system)
      if try await next.installer.recover() != nil, try system.changes(since: before) != [] {
        return ["not taken back by the next run"]
      }
      if Journal.exists(in: system.root) { _ = try await next.installer.uninstall() }
      return try system.changes(since: before)
    }
  }

  @Test(arguments: loaders) func anUninstallationKilledAnywhereGivesItBack(
    _ loader: BootLoaderKind
  ) async throws {
    try await atEveryPlace {
      try system(loader)
    } run: { system, faults in
      let before = try system.state()
      try await Installation(system).install(initramfs: .keep, replacing: true)
      do { _ = try await Installation(system, faults: faults).installer.uninstall() } catch {}
      if Journal.exists(in: system.root) { _ = try await Installation(system).installer.uninstall() }
      return try system.changes(since: before)
    }
  }
}
