import Glibc
import PayloadImage
import SystemPackage
import Testing

@testable import HostInstall

@Suite struct HostKernelTests {
  private static let release = FakeSystem.kernels[1]

  /// A system whose newest kernel is one, with the index of its modules, and a firmware that says Secure Boot is on.
  private func system() throws -> FakeSystem {
    let system = try FakeSystem(.systemdBoot)
    try system.firmware.write(.global("SecureBoot"), FirmwareValue([1], attributes: 6))
    var kernel = [UInt8](repeating: 0, count: 0x1000)
    kernel.replaceSubrange(0x1FE..<0x200, with: [0x55, 0xAA])
    kernel.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
    kernel.replaceSubrange(0x20E..<0x210, with: [0, 3])
    kernel.replaceSubrange(0x500..<0x500 + Self.release.utf8.count, with: Array(Self.release.utf8))
    try AtomicFile.write(
      kernel, to: system.path("/boot/vmlinuz-\(Self.release)"), AtomicFile.Metadata(mode: 0o600))
    for name in ["modules.dep", "modules.order"] {
      try system.write("/lib/modules/\(Self.release)/\(name)", "")
    }
    try AtomicFile.write(
      Array("e1000\nahci required\n".utf8), to: system.payload + "/modules.list",
      AtomicFile.Metadata(mode: 0o644))
    return system
  }

  @Test func underSecureBootTheSystemsKernelIsTaken() async throws {
    let system = try system()
    let before = try system.state()
    let installation = try Installation(system)
    let plan = try await installation.installer.plan(options(system))
    #expect(plan.findings.contains { $0.severity == .note && $0.text.contains(Self.release) })
    #expect(!plan.findings.contains { $0.severity == .refusal })
    try await installation.installer.apply(plan, operation: "install")
    let directory = system.path("/boot/efi/iscsi-target-ramdisk")
    #expect(
      try Files.read(directory + "/vmlinuz") == Files.read(system.path("/boot/vmlinuz-\(Self.release)")))
    #expect(try Files.read(directory + "/initrd.img") == Files.read(system.payload + "/initrd.img"))
    #expect(try Files.read(directory + "/modules.img") != Files.read(system.payload + "/modules.img"))
    let manifest = try Manifest.read(directory: FilePath(directory))
    #expect(manifest.kernelVersion == Self.release)
    // A cloud's kernel has drivers for the cloud's machines.
    #expect(manifest.notes.contains { $0.contains("ahci") })
    #expect(try installation.installer.status().problems == [])

    // Nothing new: nothing is replaced, and there is no earlier payload to keep.
    try await installation.installer.apply(
      installation.installer.plan(options(system)), operation: "update")
    #expect(!Files.exists(directory + "/previous"))
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func theUsersChoiceCounts() async throws {
    let system = try system()
    var options = options(system)
    options.kernel = .payload
    let plan = try await Installation(system).installer.plan(options)
    #expect(
      plan.findings.contains { $0.severity == .warning && $0.remedy?.contains("--kernel host") == true })
    try await Installation(system).installer.apply(plan, operation: "install")
    #expect(
      try Files.read(system.path("/boot/efi/iscsi-target-ramdisk/vmlinuz"))
        == Files.read(system.payload + "/vmlinuz"))
  }

  @Test func aPayloadThatDoesNotSayItsModulesIsRefused() async throws {
    let system = try system()
    unlink(system.payload + "/modules.list")
    let plan = try await Installation(system).installer.plan(options(system))
    #expect(plan.findings.contains { $0.severity == .refusal && $0.text.contains("modules.list is missing") })
  }

  private func options(_ system: FakeSystem) -> InstallOptions {
    var options = InstallOptions(payload: system.payload)
    options.initramfs = .keep
    return options
  }
}
