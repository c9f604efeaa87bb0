import Linux
import Testing

@testable import HostInstall

/// File systems that are mounted when somebody asks for them: systemd makes such mount points for EFI system partitions.
@Suite struct AutomountTests {
  private func detector(_ system: FakeSystem, _ lines: String) throws -> Detector {
    let fake = try system.detector(Installation.profiles(system))
    let root = system.root.path
    return Detector(
      root: system.root, profiles: fake.profiles, devices: fake.devices,
      mounts: MountTable(
        "1 0 8:1 / \(root) rw - ext4 /dev/sda1 rw\n"
          + lines.replacing(" /boot/efi ", with: " \(root)/boot/efi ")),
      machine: fake.machine)
  }

  private static let idle = "2 1 0:44 / /boot/efi rw - autofs systemd-1 rw"
  private static let mounted = "3 2 8:2 / /boot/efi rw - vfat /dev/sda2 rw"

  /// Which of the two comes first in the kernel's list is not said.
  @Test(arguments: ["\(idle)\n\(mounted)", "\(mounted)\n\(idle)"])
  func whatWasMountedIsSeenThroughIt(lines: String) throws {
    let system = try FakeSystem(.systemdBoot)
    let facts = try detector(system, lines).detect().facts
    #expect(facts.bootPartitions == ["/boot/efi"])
    #expect(facts.failedMounts == [])
  }

  @Test func oneThatFailsIsRefusedBeforeAnythingIsDone() async throws {
    let system = try FakeSystem(.systemdBoot)
    let detector = try detector(system, Self.idle)
    #expect(try detector.detect().facts.failedMounts == ["/boot/efi"])
    let plan = try await installer(system, detector).plan(InstallOptions(payload: system.payload))
    #expect(!plan.isPossible)
    let refusal = try #require(plan.findings.first { $0.text.hasPrefix("/boot/efi is mounted when") })
    #expect(refusal.severity == .refusal)
    #expect(refusal.remedy?.contains("mount /boot/efi") == true)
  }

  @Test func oneThatFailsLaterLosesNothing() async throws {
    let system = try FakeSystem(.systemdBoot)
    let before = try system.state()
    try await Installation(system).install()
    let failing = try installer(system, detector(system, Self.idle))
    let failure = await #expect(throws: InstallFailure.self) { _ = try await failing.uninstall() }
    #expect(failure?.cause == NotMounted(mountPoint: "/boot/efi").description)
    #expect(try await Installation(system).installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  private func installer(_ system: FakeSystem, _ detector: Detector) -> Installer {
    Installer(
      root: system.root, profiles: detector.profiles, detector: { detector }, runner: FakePrograms(system),
      firmware: system.firmware, report: { _ in })
  }
}
