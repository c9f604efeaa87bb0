import BlockStore
import Foundation
import Glibc
import Logging
import TargetService
import Testing

/// The initiator of UEFI firmware, IScsiDxe, in a virtual PC: it logs in with CHAP on both sides, finds the disk, and
/// starts the boot loader on it.
@Suite(
  .serialized,
  .enabled(if: access("/usr/bin/qemu-system-x86_64", X_OK) == 0, "needs QEMU: run ./test.sh integration"))
struct FirmwareInitiatorTests {
  private static let name = "iqn.2025-01.net.example:firmware"
  private static let hardwareAddress = "52:54:00:12:34:56"
  private static let said = "lab: started from the iSCSI disk"

  @Test(.timeLimit(.minutes(12))) func `OVMF logs in by CHAP and starts from the disk`() async throws {
    let directory = "/tmp/firmware-initiator-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await makeDisk(in: directory)
    let chap = TargetConfiguration.CHAP(
      user: "firmware", secret: "firmware-secret", targetUser: "target", targetSecret: "target-secret1")
    try await PXECable.with { cable in
      try await cable.onClient(
        """
        ip link add br0 type bridge && ip tuntap add tap0 mode tap && ip link set tap0 master br0 &&
        ip link set cable0 master br0 && ip link set tap0 up && ip link set br0 up
        """)
      let events = ISCSITarget.EventLog()
      let server = try await cable.inside(cable.server) {
        let store = try BlockStore.open(
          path: "\(directory)/disk.img", options: BlockStoreOptions(mode: .readWrite))
        var configuration = TargetConfiguration(
          iqn: ISCSITarget.iqn, portals: [.init(address: PXECable.serverAddress.description)],
          luns: [.init(lun: 0, store: store)])
        configuration.chap = chap
        let server = try TargetServer(configuration: configuration, logger: Logger(label: "iscsi")) {
          events.add($0)
        }
        try server.start()
        return server
      }
      defer { server.stop(drain: .zero) }
      var variables = try FirmwareVariables(template: "/usr/share/OVMF/OVMF_VARS_4M.fd")
      try FirmwareAttempt(
        address: [192, 168, 77, 10], target: [192, 168, 77, 1], port: 3260, targetName: ISCSITarget.iqn,
        hardwareAddress: Self.hardwareAddress,
        chap: (chap.user, chap.secret, "target", "target-secret1")
      ).add(to: &variables, initiatorName: Self.name)
      try variables.write(to: "\(directory)/variables.fd")
      try await cable.beside("qemu-system-x86_64", machine(directory), on: cable.client) {
        try await eventually(within: 600, "the boot loader on the iSCSI disk speaks: \(events.all)") {
          let serial = try? Data(contentsOf: URL(filePath: "\(directory)/serial"))
          return serial?.range(of: Data(Self.said.utf8)) != nil
        }
      }
      #expect(
        events.all.contains {
          if case .loggedIn(Self.name, _) = $0 { true } else { false }
        })
    }
  }

  /// A disk with nothing but a boot loader that says where it is.
  private func makeDisk(in directory: String) async throws {
    let configuration = """
      serial --unit=0
      terminal_output serial
      echo "\(Self.said)"
      halt

      """
    try Data(configuration.utf8).write(to: URL(filePath: "\(directory)/grub.cfg"))
    let loader = "\(directory)/bootx64.efi"
    let disk = "\(directory)/disk.img"
    try await PXECable.command(
      "grub-mkimage", "--format=x86_64-efi", "--prefix=/", "--config=\(directory)/grub.cfg",
      "--output=\(loader)", "serial", "terminal", "echo", "halt", "normal")
    try await PXECable.command("mkfs.vfat", "-C", disk, "65536")
    try await PXECable.command("mmd", "-i", disk, "::EFI", "::EFI/BOOT")
    try await PXECable.command("mcopy", "-i", disk, loader, "::EFI/BOOT/BOOTX64.EFI")
  }

  private func machine(_ directory: String) -> [String] {
    [
      "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg,thread=multi", "-cpu", "max",
      "-m", "512", "-machine", "q35",
      "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
      "-drive", "if=pflash,unit=1,format=raw,file=\(directory)/variables.fd",
      "-device", "virtio-rng-pci", "-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no",
      "-device", "virtio-net-pci,netdev=net,mac=\(Self.hardwareAddress),romfile=",
      "-serial", "file:\(directory)/serial",
    ]
  }
}
