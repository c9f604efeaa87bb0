import Testing
import VirtualLab

/// What differs between the runs of one scenario.
struct NetworkBootCase: CustomTestStringConvertible, Sendable {
  /// Names its logs.
  var name: String
  var firmware: Firmware
  var layout = SampleDisk.Layout()
  /// Of `ramdisk-install install`.
  var options: [String] = []
  /// What made the initramfs by which the installed system boots from its own disk.
  var initramfs = "dracut"

  /// Packages that the running system must be able to install, where it installs the ramdisk on itself.
  var packages: [String] = []

  var testDescription: String { name }

  /// Gives a system that installs the ramdisk on itself what it needs for that.
  func prepare(_ laboratory: Laboratory) async throws {
    guard layout.isInstalledRunning else { return }
    try await laboratory.copyPrograms(from: try #require(Setup.programs))
    try await laboratory.shelvePackages(packages)
    // What the first boot leaves behind is not the installer's.
    try await laboratory.bootLocally()
  }

  /// Those of this run: all of them only in `./test.sh full`, or those that E2E_CASES names.
  static var selected: [NetworkBootCase] {
    guard let names = Setup.cases else { return quick + (Setup.isFull ? others : []) }
    return (quick + others).filter { names.contains($0.name) }
  }

  private static let quick = Firmware.allCases.map { NetworkBootCase(name: "\($0)", firmware: $0) }

  private static let others = [
    NetworkBootCase(
      name: "sidecar", firmware: .bios, options: ["--initramfs", "sidecar"], initramfs: "initramfs-tools"),
    NetworkBootCase(name: "trixie", firmware: .uefi, layout: SampleDisk.Layout(release: .trixie)),
    NetworkBootCase(name: "xfs-boot", firmware: .bios, layout: SampleDisk.Layout(hasSeparateBoot: true)),
    NetworkBootCase(
      name: "secure-boot", firmware: .uefi, layout: SampleDisk.Layout(isSigned: true),
      options: ["--kernel", "host"]),
    NetworkBootCase(
      name: "systemd-boot", firmware: .uefi,
      layout: SampleDisk.Layout(release: .trixie, usesSystemdBoot: true),
      packages: ["dracut", "dracut-network", "open-iscsi", "procps", "dbus", "iproute2"]),
    // The passphrase opens the root locally, too.
    NetworkBootCase(
      name: "luks", firmware: .bios, layout: SampleDisk.Layout(isEncrypted: true),
      options: ["--initramfs", "sidecar"], initramfs: "initramfs-tools",
      packages: ["dracut-core", "dracut-network", "open-iscsi", "procps", "dbus", "iproute2"]),
  ]
}
