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
      #expect(image.files.isSuperset(of: ["iscsid", "startup-checks.sh", "iscsid.conf", "iscsi_tcp.ko"]))

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
