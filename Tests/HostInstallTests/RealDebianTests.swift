import Glibc
import Linux
import Testing

@testable import HostInstall

/// apt, dpkg, dracut, initramfs-tools and GRUB as Debian has them. Takes minutes; each test has a disk of its own.
@Suite(.serialized, .enabled(if: RealDebian.isPossible, "needs root and mmdebstrap: run ./test.sh install"))
struct RealDebianTests {
  @Test(arguments: RealDebian.releases)
  func installedAndUninstalledEveryByteIsAsItWas(release: String) async throws {
    try await withDebian(release) { debian, payload in
      let before = try debian.state()
      let installer = try self.installer(debian)
      let plan = try await installer.plan(InstallOptions(payload: payload))
      #expect(plan.findings.filter { $0.severity == .refusal } == [])
      try await installer.apply(plan, operation: "install")
      #expect(try installer.status().problems == [])
      let kernel = try #require(plan.facts.kernels.first)
      let image = try await DracutImage.inspect(kernel.initramfs, installer.runner)
      #expect(image.modules.isSuperset(of: ["iscsi", "network"]))
      #expect(image.files.isSuperset(of: ["iscsid", "startup-checks.sh", "iscsid.conf"]))
      // Debian 13 compresses its modules.
      #expect(image.files.contains { $0.hasPrefix("iscsi_tcp.ko") })

      try await installer.bootOnce()
      #expect(try installer.status().nextEntry == InstalledPaths.entry)

      #expect(try await installer.uninstall() == [])
      let after = try debian.state()
      #expect(Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted() == [])
    }
  }

  @Test func aFailureAfterTheSwitchIsTakenBack() async throws {
    try await withDebian("bookworm") { debian, payload in
      let before = try debian.state()
      let installer = try self.installer(
        debian,
        faults: FaultPoints { name in
          if name == "changed packages" { throw SystemError(errno: EIO, attempt: "go on in a test") }
        })
      let plan = try await installer.plan(InstallOptions(payload: payload))
      let failure = await #expect(throws: InstallFailure.self) {
        try await installer.apply(plan, operation: "install")
      }
      #expect(failure?.rollback == .complete)
      let after = try debian.state()
      #expect(Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted() == [])
    }
  }

  /// Nothing tells what the scripts of the packages did: dbus's made a user.
  @Test func aKillAfterThePackagesIsTakenBackByTheNextRun() async throws {
    try await withDebian("bookworm") { debian, payload in
      let before = try debian.state()
      let killed = try self.installer(
        debian,
        faults: FaultPoints { name in if name == "changed packages" { throw SimulatedKill() } })
      let plan = try await killed.plan(InstallOptions(payload: payload))
      _ = await #expect(throws: InstallFailure.self) {
        try await killed.apply(plan, operation: "install")
      }
      #expect(debian.text("/etc/passwd")?.contains("messagebus") == true)
      #expect(try await self.installer(debian).uninstall() == [])
      let after = try debian.state()
      #expect(Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted() == [])
    }
  }

  @Test(arguments: RealDebian.releases)
  func aSidecarFollowsTheKernelsAndLeavesTheSystemsOwnImages(release: String) async throws {
    try await withDebian(release) { debian, payload in
      let before = try debian.state()
      let installer = try self.installer(debian)
      var options = InstallOptions(payload: payload)
      options.initramfs = .sidecar
      let plan = try await installer.plan(options)
      #expect(plan.findings.filter { $0.severity == .refusal } == [])
      try await installer.apply(plan, operation: "install")
      let own = plan.facts.kernels.map(\.initramfs)
      #expect(try own.allSatisfy { try debian.state()[$0] == before[$0] })
      let version = try #require(plan.facts.kernels.first?.version)
      let image = try await DracutImage.inspect(SidecarImages.path(version), installer.runner)
      #expect(image.modules.isSuperset(of: ["iscsi", "network"]))
      #expect(image.files.isSuperset(of: ["iscsid", "iscsid.conf"]))
      #expect(image.files.contains { $0.hasPrefix("iscsi_tcp.ko") })
      // What a boot with dbus makes.
      try await debian.chroot(["ln", "-sf", "/etc/machine-id", "/var/lib/dbus/machine-id"])

      // A chroot has no disk of its own that the hook's program could find: what it calls is called from outside.
      try await debian.chroot([
        "apt-get", "-qq", "-y", "--no-install-recommends", "install", "linux-image-cloud-amd64",
      ])
      #expect(try await installer.kernelsChanged(.changed))
      let kernels = try installer.detector().detect().facts.kernels.map(\.version)
      let second = try #require(kernels.first { $0 != version })
      let sidecars = kernels.map { SidecarImages.path($0) }
      #expect(sidecars.count == 2 && sidecars.allSatisfy { Files.exists(debian.root.resolve($0)) })
      #expect(
        try await DracutImage.inspect(SidecarImages.path(second), installer.runner).missing(
          plan.facts.rootStack, builtIn: DracutImage.builtIn("/lib/modules/\(second)", debian.root)) == [])

      try await debian.chroot([
        "apt-get", "-qq", "-y", "purge", "linux-image-cloud-amd64", "linux-image-\(second)",
      ])
      #expect(try await installer.kernelsChanged(.removed(version: second)))
      #expect(!Files.exists(debian.root.resolve(SidecarImages.path(second))))
      #expect(try installer.status().problems == [])

      #expect(try await installer.uninstall() == [])
      let after = try debian.state()
      // The kernel's own hooks wrote this anew.
      let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
      #expect(changed.subtracting(["/boot/grub/grub.cfg"]).sorted() == [])
    }
  }

  private func withDebian(
    _ release: String, _ body: (RealDebian, String) async throws -> Void
  ) async throws {
    let debian = try await RealDebian(release: release)
    let fake = try FakeSystem()
    let payload = getenv("RAMDISK_PAYLOAD_DIR").map { String(cString: $0) } ?? fake.payload
    do {
      try await body(debian, payload)
    } catch {
      try await debian.remove()
      throw error
    }
    try await debian.remove()
  }

  private func installer(_ debian: RealDebian, faults: FaultPoints = .none) throws -> Installer {
    let profiles = try ProfileDirectory(path: Installation.profilePath)
    return Installer(
      root: debian.root, profiles: profiles,
      detector: { try Detector.system(root: debian.root, profiles: profiles) },
      runner: SystemCommands(root: debian.root), faults: faults, report: { _ in })
  }
}
