import Testing
import VirtualLab

extension Machines {
  /// As its owner does it: the running system installs the ramdisk on itself, boots it, comes back, and takes it off.
  @Suite(.enabled(if: Setup.isFull, "takes long: run ./test.sh full"))
  struct LiveInstallTests {
    @Test(.timeLimit(.minutes(60)))
    func aRunningSystemInstallsTheRamdiskOnItself() async throws {
      let programs = try #require(Setup.programs)
      try await Setup.laboratory(.uefi, name: "live") { laboratory in
        try await laboratory.copyPrograms(from: programs)
        try await laboratory.shelvePackages([
          "dracut", "dracut-network", "open-iscsi", "procps", "dbus",
        ])
        try await laboratory.runLocally(
          "ramdisk-install check", "ramdisk-install install --yes", "ramdisk-install status",
          "ramdisk-install boot-once")

        try await laboratory.withTarget { target in
          try await laboratory.waitForRamdisk(target)
          try await laboratory.switchOff(target)
        }
        let installed = try await laboratory.runLocally(
          "ramdisk-install status", "ramdisk-install --uninstall --yes")
        #expect(installed.verdict.root == "/dev/vda3")
        #expect(installed.verdict.initramfs == "dracut")

        let restored = try await laboratory.runLocally(
          "test ! -e /boot/iscsi-target-ramdisk", "test ! -e /var/lib/ramdisk-install")
        #expect(restored.verdict.root == "/dev/vda3")
        #expect(restored.verdict.initramfs == "initramfs-tools")
        try await laboratory.checkFileSystem()
      }
    }
  }
}
