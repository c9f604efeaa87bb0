import Glibc
import Testing

@testable import HostInstall

/// Every profile on a tree of its distribution, with stand-ins for its tools: modelled, not run.
@Suite struct DistroTreeTests {
  @Test(arguments: DistroTree.all)
  func isInstalledAndUninstalled(tree: DistroTree) async throws {
    let system = try FakeSystem(tree: tree.files)
    let before = try system.state()
    let profiles = try ProfileDirectory(path: Installation.profilePath)
    let (facts, found) = try system.detector(profiles).detect()
    let profile = try #require(found)
    #expect(profile.name == tree.profile)
    #expect(facts.initramfs.generator == tree.generator)
    #expect(
      facts.kernels == [
        KernelFacts(version: tree.kernel.version, image: tree.kernel.image, initramfs: tree.kernel.initramfs)
      ])
    let programs = FakeDistroPrograms(system, profile)
    let installer = Installer(
      root: system.root, profiles: profiles, detector: { system.detector(profiles) }, runner: programs,
      firmware: system.firmware, report: { _ in })
    var options = InstallOptions(payload: system.payload)
    options.initramfs = tree.mode
    let plan = try await installer.plan(options)
    #expect(plan.findings.filter { $0.severity == .refusal } == [])
    let isWarned = plan.findings.contains {
      $0.severity == .warning && $0.text.contains("never seen on the real system")
    }
    #expect(isWarned == (profile.support == .modelled))
    try await installer.apply(plan, operation: "install")
    #expect(try installer.status().problems == [])
    if plan.initramfs == .sidecar {
      #expect(try FileImage(of: system.path(tree.kernel.initramfs)) == before[tree.kernel.initramfs])
    }
    try expectGolden(try summary(plan, programs, system, before), tree.name)

    #expect(try await installer.uninstall() == [])
    // Directories of packages come and go with them; only files count there.
    let changes = try system.changes(since: before).filter { !$0.hasPrefix("/usr") }
    #expect(changes == [])
  }

  @Test func systemsThatAreConfiguredAsAWholeGetInstructions() throws {
    let trees: [(osRelease: String, file: String?, words: String)] = [
      ("ID=nixos\n", nil, "specialisation.over-iscsi"),
      ("ID=\"opensuse-microos\"\n", nil, "transactional-update"),
      ("ID=centos\nID_LIKE=\"rhel fedora\"\n", "/usr/lib/bootc/install/20-rhel.toml", "bootc switch"),
    ]
    for tree in trees {
      var files = ["/etc/os-release": tree.osRelease]
      if let file = tree.file { files[file] = "" }
      let findings = try self.findings(files)
      #expect(findings.map(\.severity) == [.refusal])
      #expect(findings.first?.text.contains(tree.words) == true)
    }
  }

  @Test func whatNothingIsKnownOfIsRefusedWithTheSteps() throws {
    let findings = try findings(["/etc/os-release": "ID=obscure\nPRETTY_NAME=\"Obscure\"\n"])
    #expect(findings.map(\.severity) == [.refusal])
    #expect(findings.first?.remedy?.contains("lsinitrd") == true)
  }

  private func findings(_ files: [String: String]) throws -> [Finding] {
    let system = try FakeSystem(tree: files)
    let profiles = try ProfileDirectory(path: Installation.profilePath)
    let (facts, profile) = try system.detector(profiles).detect()
    return Preflight(facts: facts, profile: profile, root: system.root, initramfs: .switch, bootLoaders: nil)
      .findings()
  }

  /// What was run, and what is there that was not.
  private func summary(
    _ plan: Plan, _ programs: FakeDistroPrograms, _ system: FakeSystem, _ before: [String: FileImage]
  ) throws -> String {
    let commands = programs.commands.map { command in
      command.description.replacing(".ramdisk-install.\(getpid())", with: ".ramdisk-install.PID")
    }
    let files = try system.changes(since: before).filter {
      !$0.hasPrefix("/usr") && !$0.hasPrefix(Journal.directory)
    }.map { path in
      let image = try FileImage(of: system.path(path))
      return
        "\(image.kind.rawValue) \(String(image.mode, radix: 8)) \(path)\(image.target.map { " -> \($0)" } ?? "")"
    }
    let entry = system.text(plan.facts.grub?.customConfiguration ?? "") ?? ""
    return """
      # initramfs: \(plan.initramfs.rawValue)
      ## Commands
      \(commands.joined(separator: "\n"))
      ## Written
      \(files.joined(separator: "\n"))
      ## Entry
      \(entry)
      """
  }

  /// Compares with a file in Tests/Golden/distro; with RAMDISK_GOLDEN=write in the environment it is written.
  private func expectGolden(_ text: String, _ name: String) throws {
    let directory = Files.parent(Files.parent(#filePath)) + "/Golden/distro"
    let path = "\(directory)/\(name).txt"
    if getenv("RAMDISK_GOLDEN") != nil {
      try AtomicFile.write(Array(text.utf8), to: path, AtomicFile.Metadata(mode: 0o644))
    }
    #expect(Files.text(path) == text, "differs from \(path); to write it anew: RAMDISK_GOLDEN=write")
  }
}
