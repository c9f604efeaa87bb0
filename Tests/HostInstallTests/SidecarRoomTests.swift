import BootMenu
import Glibc
import Linux
import Testing

@testable import HostInstall

/// Kernels that come when `/boot` is nearly full, or when nobody runs the hook.
@Suite struct SidecarRoomTests {
  private static let new = "6.1.0-11-amd64"
  private static let image = "/boot/iscsi-target-ramdisk/sidecar-\(new).img"

  private func addKernel(_ system: FakeSystem) throws {
    try system.write("/boot/vmlinuz-\(Self.new)", "kernel")
    try system.write("/boot/initrd.img-\(Self.new)", "initramfs-tools image")
    try system.write("/lib/modules/\(Self.new)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
  }

  /// Makes the new kernel's own image look as large as no disk is: it takes no room.
  private func stretch(_ system: FakeSystem, to size: Int) throws {
    let path = system.path("/boot/initrd.img-\(Self.new)")
    try syscall("stretch \(path)") { truncate(path, off_t(size)) }
  }

  private func index(_ system: FakeSystem) throws -> SidecarIndex {
    try SidecarIndex(json: Files.read(system.path(SidecarImages.index)))
  }

  @Test func theHookLeavesRoomForTheNextKernel() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install(initramfs: .sidecar)
    try addKernel(system)
    try stretch(system, to: 1 << 42)
    #expect(try await installation.installer.kernelsChanged(.added(version: Self.new)))
    #expect(!Files.exists(system.path(Self.image)))
    #expect(try index(system).kernels.count == 2)
    let warnings = installation.events.all.compactMap { event -> String? in
      if case .warning(let text) = event { text } else { nil }
    }
    #expect(warnings.contains { $0.contains(Self.new) && $0.contains("4194304 MiB") }, "\(warnings)")
    let status = try installation.installer.status()
    #expect(status.kernelsWithoutImage == [Self.new])
    #expect(status.problems.contains { $0.contains(Self.new) })

    try stretch(system, to: 10)
    #expect(try await installation.installer.kernelsChanged(.changed))
    #expect(Files.exists(system.path(Self.image)))
    #expect(try index(system).kernels.count == 3)
    #expect(try installation.installer.status().problems == [])
  }

  @Test func statusTellsOfAKernelWithoutASecondImage() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install(initramfs: .sidecar)
    try addKernel(system)
    let problems = try installation.installer.status().problems
    #expect(problems.count == 1 && problems[0].contains(Self.new), "\(problems)")
    #expect(problems.first?.contains("ramdisk-install update") == true)
    try await installation.install("update")
    #expect(try installation.installer.status().problems == [])
  }

  @Test func aSecondImageOfAnotherReleaseDoesNotCount() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install(initramfs: .sidecar)
    var stale = try index(system)
    stale.kernels["vmlinuz-6.1.0-9-amd64"]?.release = "6.1.0-8-amd64"
    try AtomicFile.write(
      stale.json(), to: system.path(SidecarImages.index), AtomicFile.Metadata(mode: 0o644))
    #expect(try installation.installer.status().problems.contains { $0.contains("6.1.0-9-amd64") })
  }

  @Test func whereNothingWasChosenNoSecondImageIsMissing() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    try await installation.install(initramfs: .keep)
    try addKernel(system)
    #expect(try installation.installer.status().problems == [])
  }
}
