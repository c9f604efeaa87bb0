import BlockProbe
import BootMenu
import SiteConfig
import Testing

@testable import HostInstall

@Suite struct SidecarTests {
  private func install(_ system: FakeSystem, faults: FaultPoints = .none) async throws -> Installation {
    let installation = try Installation(system, faults: faults)
    try await installation.install(initramfs: .sidecar)
    return installation
  }

  private func index(_ system: FakeSystem) throws -> SidecarIndex {
    try SidecarIndex(json: Files.read(system.path(SidecarImages.index)))
  }

  @Test func putsASecondImageBesideTheSystemsOwn() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let programs = FakePrograms(system)
    let installation = try Installation(system, programs: programs)
    try await installation.install(initramfs: .sidecar)
    for kernel in FakeSystem.kernels {
      let own = "/boot/initrd.img-\(kernel)"
      #expect(try FileImage(of: system.path(own)) == before[own])
      #expect(
        system.text("/boot/iscsi-target-ramdisk/sidecar-\(kernel).img")?.hasPrefix("dracut image") == true)
    }
    #expect(Files.exists(system.path("/usr/sbin/update-initramfs")))
    #expect(!Files.exists(system.path(DracutConfiguration.path)))
    let image = try index(system).image(forKernel: "/vmlinuz-6.1.0-9-amd64")
    #expect(
      image
        == SidecarIndex.Image(
          initrd: "iscsi-target-ramdisk/sidecar-6.1.0-9-amd64.img", generator: "dracut-059",
          release: "6.1.0-9-amd64"))
    #expect(
      programs.commands.contains {
        $0.arguments.starts(with: ["dracut", "--force", "--kver", "6.1.0-10-amd64", "--no-hostonly"])
          && $0.arguments.contains("iscsi")
      })
    let site = try Site.parse(text: system.text(InstalledPaths.site) ?? "", fileName: "site")
    #expect(site.boot.initramfs == "initramfs-tools")
    let hook = try FileImage(of: system.path("/etc/kernel/postinst.d/zz-ramdisk-install"))
    #expect(hook.mode == 0o755)
    #expect(try installation.installer.status().problems == [])

    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func theMenuTakesItForTheKernelsThatItFits() async throws {
    let system = try FakeSystem()
    _ = try await install(system)
    let entries = try BootMenu.scan(
      root: system.root.path, path: "/boot",
      defaults: BootMenu.Defaults(commandLine: "", generator: .initramfsTools))
    #expect(
      entries.map { $0.initrds.map(\.path) } == [
        ["/boot/iscsi-target-ramdisk/sidecar-6.1.0-10-amd64.img"],
        ["/boot/iscsi-target-ramdisk/sidecar-6.1.0-9-amd64.img"],
      ])
    #expect(entries.allSatisfy { $0.generator == .dracut(version: "059") })
  }

  @Test func followsTheKernels() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try await install(system)
    let new = "6.1.0-11-amd64"
    try system.write("/boot/vmlinuz-\(new)", "kernel")
    try system.write("/boot/initrd.img-\(new)", "initramfs-tools image")
    try system.write("/lib/modules/\(new)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
    #expect(try await installation.installer.kernelsChanged(.added(version: new)))
    #expect(Files.exists(system.path("/boot/iscsi-target-ramdisk/sidecar-\(new).img")))
    #expect(try index(system).kernels.count == 3)

    // The hook may be run before the last of the kernel's files is gone.
    #expect(try await installation.installer.kernelsChanged(.removed(version: "6.1.0-9-amd64")))
    try system.remove("/boot/vmlinuz-6.1.0-9-amd64")
    #expect(!Files.exists(system.path("/boot/iscsi-target-ramdisk/sidecar-6.1.0-9-amd64.img")))
    #expect(try index(system).kernels.keys.sorted() == ["vmlinuz-6.1.0-10-amd64", "vmlinuz-\(new)"])
    #expect(try installation.installer.status().problems == [])

    try system.remove("/boot/vmlinuz-\(new)")
    try system.remove("/boot/initrd.img-\(new)")
    for name in ["vmlinuz", "initrd.img"] { try system.remove("/boot/\(name)-6.1.0-9-amd64") }
    #expect(try await installation.installer.kernelsChanged(.changed))
    #expect(try index(system).kernels.keys.sorted() == ["vmlinuz-6.1.0-10-amd64"])
    #expect(try await installation.installer.uninstall() == [])
    #expect(
      try system.changes(since: before) == ["/boot/initrd.img-6.1.0-9-amd64", "/boot/vmlinuz-6.1.0-9-amd64"])
  }

  @Test func aHookThatFailsLeavesTheOldImages() async throws {
    let system = try FakeSystem()
    _ = try await install(system)
    try system.write("/boot/vmlinuz-7", "kernel")
    try system.write("/lib/modules/7/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
    let installed = try system.state()
    let broken = try Installation(system, programs: FakePrograms(system, imageModules: ["network"]))
    let failure = await #expect(throws: InstallFailure.self) {
      try await broken.installer.kernelsChanged(.added(version: "7"))
    }
    #expect(failure?.rollback == .complete)
    #expect(try system.changes(since: installed).allSatisfy { $0.hasPrefix(Journal.directory) })
  }

  @Test func hooksDoNothingWhereThereIsNoSidecar() async throws {
    let system = try FakeSystem()
    let installation = try Installation(system)
    #expect(try await installation.installer.kernelsChanged(.changed) == false)
    try await installation.install()
    #expect(try await installation.installer.kernelsChanged(.changed) == false)
  }

  @Test func anUpdateStaysWithWhatWasChosen() async throws {
    let system = try FakeSystem()
    let installation = try await install(system)
    try await installation.install("update")
    #expect(Files.exists(system.path("/usr/sbin/update-initramfs")))
    var options = InstallOptions(payload: system.payload)
    options.initramfs = .switch
    let plan = try await installation.installer.plan(options)
    #expect(plan.findings.contains { $0.severity == .refusal && $0.text.contains("--initramfs sidecar") })
  }

  @Test func anImageThatTheSystemMadeAnewStays() async throws {
    let system = try FakeSystem()
    let installation = try await install(system)
    let own = "/boot/initrd.img-6.1.0-9-amd64"
    try system.write(own, "made anew by initramfs-tools")
    try await installation.install("update")
    _ = try await installation.installer.uninstall()
    #expect(system.text(own) == "made anew by initramfs-tools")
  }

  @Test func killedAnywhereItIsTakenBackByTheNextRun() async throws {
    var number = 1
    while true {
      let system = try FakeSystem()
      let before = try system.state()
      let (faults, counter) = killing(at: number)
      do { _ = try await install(system, faults: faults) } catch {}
      if Journal.exists(in: system.root) { _ = try await Installation(system).installer.uninstall() }
      #expect(try system.changes(since: before) == [], "killed at place \(number): \(counter.name(number))")
      if counter.count < number { break }
      number += 1
    }
    #expect(number > 20)
  }

  @Test func anEncryptedRootIsUnlocked() async throws {
    let system = try FakeSystem()
    try system.write("/etc/crypttab", "# name device key\nsda1_crypt UUID=abcd none luks,discard\n")
    let profiles = try ProfileDirectory(path: Installation.profilePath)
    let fake = system.detector(profiles)
    var partition = fake.devices[1]
    partition.filesystemType = "crypto_LUKS"
    partition.filesystemUUID = "abcd"
    var opened = BlockDeviceInfo(name: "dm-0", path: "/dev/dm-0", kind: .deviceMapper, size: 1 << 29)
    opened.deviceNumber = "254:0"
    opened.lowerDevices = ["sda1"]
    opened.filesystemType = "LVM2_member"
    var volume = opened
    volume.name = "dm-1"
    volume.deviceNumber = "254:1"
    volume.lowerDevices = ["dm-0"]
    volume.filesystemType = "btrfs"
    volume.filesystemUUID = "r00t"
    let detector = Detector(
      root: system.root, profiles: profiles, devices: [fake.devices[0], partition, opened, volume],
      mounts: MountTable("1 0 254:1 / \(system.root.path) rw - btrfs /dev/mapper/vg-root rw"))
    let stack = try detector.detect().facts.rootStack
    #expect(stack.encrypted == [RootStack.Encrypted(uuid: "abcd", name: "sda1_crypt")])
    #expect(stack.hasVolumeGroups && !stack.hasRAID)
    #expect(stack.dracutModules == ["crypt", "lvm", "btrfs"])
    #expect(stack.unnamed(on: "root=UUID=r00t quiet") == ["LUKS", "LVM"])
    #expect(stack.unnamed(on: "root=UUID=r00t rd.luks.uuid=abcd rd.lvm.lv=vg/root").isEmpty)
    #expect(stack.unnamed(on: "rd.auto") == ["LUKS"])
    #expect(stack.parameters(for: "rd.auto rd.luks.uuid=abcd").isEmpty)
    #expect(stack.parameters(for: "root=UUID=r00t") == ["rd.luks.name=abcd=sda1_crypt", "rd.auto=1"])
    #expect(
      stack.parameters(for: "root=/dev/mapper/my--vg-root ro")
        == ["rd.luks.name=abcd=sda1_crypt", "rd.lvm.lv=my-vg/root"])
    #expect(LogicalVolume(root: "root=/dev/vg/a-b")?.name == "a-b")
    for none in [
      "root=/dev/sda1", "root=/dev/mapper/sda3_crypt", "root=/dev/mapper/a-b-c", "root=LABEL=x", "",
    ] {
      #expect(LogicalVolume(root: none) == nil)
    }
    let names = DistroProfile.Initramfs(rebuild: [:], installItems: [])
    let missing = DracutImage(listing: "").missing(stack, builtIn: ["btrfs"])
    #expect(missing.contains("dracut's module crypt"))
    #expect(missing.contains("the program systemd-cryptsetup or cryptsetup"))
    #expect(missing.contains("the kernel module dm_crypt") && !missing.contains("the kernel module btrfs"))
    #expect(
      SidecarImages.build("6", as: "/x", stack, names).arguments.contains("iscsi crypt lvm btrfs"))
  }
}
