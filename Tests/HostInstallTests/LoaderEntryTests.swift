import BootMenu
import Glibc
import Testing

@testable import HostInstall

@Suite struct LoaderEntryTests {
  @Test func isWrittenForTheWeakestReader() {
    let files = LoaderEntryFile.all(
      directory: "/iscsi-target-ramdisk", parameters: ["console=ttyS0", "quiet"], hasPrevious: true,
      sortKey: nil, hidesOptions: true)
    #expect(
      files.map(\.fileName) == ["AA_iscsi_target_ramdisk-0-1.conf", "AA_iscsi_target_ramdisk-0-0.conf"])
    #expect(
      files[0].text == """
        title iSCSI Target Ramdisk
        version 1
        linux /iscsi-target-ramdisk/vmlinuz
        initrd /iscsi-target-ramdisk/initrd.img
        initrd /iscsi-target-ramdisk/modules.img
        initrd /iscsi-target-ramdisk/site.img
         options console=ttyS0 quiet

        """)
    #expect(files[1].text.contains("initrd /iscsi-target-ramdisk/previous/modules.img\n"))
    #expect(files[1].text.contains("initrd /iscsi-target-ramdisk/site.img\n"))
  }

  /// Of Debian, Fedora, bootc, Arch (by hand), CachyOS, Pop!_OS and a unified kernel image.
  private static let keyed = [
    ("5f2e1d0c9b8a47665544332211009988-6.1.0-10-amd64.conf", "sort-key debian\nversion 6.1.0\n"),
    ("ff2e1d0c9b8a47665544332211009988-6.17.1-300.fc43.x86_64.conf", "sort-key fedora\nversion 6.17\n"),
    ("bootc_fedora-6.conf", "sort-key zorin\n"), ("linux.conf", "sort-key linux\n"),
  ]
  private static let keyless = [
    ("arch.conf", "title Arch Linux\n"), ("Pop_OS-current.conf", "title Pop!_OS\n"),
    ("1-linux.conf", "title Linux\n"), ("linux-cachyos.conf", "title CachyOS\n"),
    ("ff2e1d0c9b8a47665544332211009988-6.17.1.conf", "title x\nversion 6\n"),
  ]

  @Test func itIsTheLastOfSystemdBootsMenu() throws {
    for samples in [Self.keyed, Self.keyless, Self.keyed + Self.keyless, [Self.keyless[0]], [Self.keyed[0]]] {
      let others = samples.compactMap { LoaderEntry(fileName: $0.0, text: $0.1, variables: [:]) }
      let way = SystemdBootOrder.last(among: others)
      let ours = try #require(way.ours)
      #expect(others.allSatisfy { $0.precedes(ours) && !ours.precedes($0) }, "\(samples)")
      #expect((way.sortKey == nil) == samples.contains { !$0.1.contains("sort-key") })
    }
  }

  @Test func itIsTheLastOfFedorasMenu() {
    let names = (Self.keyed + Self.keyless).map { String($0.0.dropLast(5)) }
    for name in names {
      #expect(FedoraOrder.precedes(name, LoaderEntryFile.name), "\(name)")
      #expect(!FedoraOrder.precedes(LoaderEntryFile.name, name), "\(name)")
    }
    #expect(FedoraOrder.precedes(LoaderEntryFile.name, LoaderEntryFile.previousName))
  }

  @Test func fedorasGeneratorsLeaveItsOptionsAlone() throws {
    let file = LoaderEntryFile.all(
      directory: "/d", parameters: ["quiet"], hasPrevious: false, sortKey: nil, hidesOptions: true)[0]
    // grub2-mkconfig and grubby: sed "s/^options.*/options root=.../".
    #expect(!file.text.split(separator: "\n").contains { $0.hasPrefix("options") })
    #expect(file.parsed?["options"] == "quiet")
  }

  @Test func systemdBootReadsFATOnly() async throws {
    let system = try FakeSystem(.systemdBoot)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    for name in ["vmlinuz", "initrd.img", "modules.img", "site.img", "manifest.json"] {
      #expect(Files.exists(system.path("/boot/efi/iscsi-target-ramdisk/\(name)")))
    }
    #expect(!Files.exists(system.path("/boot/iscsi-target-ramdisk")))
    #expect(
      system.text("/boot/efi/loader/entries/AA_iscsi_target_ramdisk-0-1.conf") == """
        title iSCSI Target Ramdisk
        version 1
        sort-key zz-iscsi-target-ramdisk
        linux /iscsi-target-ramdisk/vmlinuz
        initrd /iscsi-target-ramdisk/initrd.img
        initrd /iscsi-target-ramdisk/modules.img
        initrd /iscsi-target-ramdisk/site.img
        options quiet panic=30

        """)
    try await installation.installer.bootOnce()
    let value = try #require(try system.firmware.read(.loader("LoaderEntryOneShot")))
    #expect(value == FirmwareValue(UTF16Text.encoded("AA_iscsi_target_ramdisk-0-1.conf")))
    #expect(try installation.installer.status().nextIsRamdisk)
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test func theCopyOfTheImageThatSystemdBootStartsIsRenewed() async throws {
    let system = try FakeSystem(.systemdBoot)
    let before = try system.state()
    let image = "/boot/initrd.img-\(FakeSystem.kernels[1])"
    let installation = try Installation(system)
    let kernels = try await installation.installer.plan(InstallOptions(payload: "/")).facts.kernels
    #expect(kernels.map(\.copies) == [[], [FakeBootLoaders.copy]])

    try await installation.install()
    #expect(system.text(FakeBootLoaders.copy) == system.text(image))
    #expect(system.text(FakeBootLoaders.copy)?.contains("dracut") == true)
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  @Test(arguments: [InstallOptions.InitramfsMode.switch, .sidecar])
  func noHookHasSystemdBootStartAnImageThatIsBeingMade(mode: InstallOptions.InitramfsMode) async throws {
    let system = try FakeSystem(.systemdBoot)
    let path = "/boot/efi/loader/entries/\(FakeBootLoaders.machineID)-6.1.0-10-amd64.conf"
    let before = try system.state()
    let entry = system.text(path)
    try await Installation(system).install(initramfs: mode)
    #expect(system.text(path) == entry)
    #expect(try await Installation(system).installer.uninstall() == [])

    // Where one does all the same, the entry is put back.
    let deaf = try Installation(system, programs: FakePrograms(system, callsHooks: true))
    try await deaf.install(initramfs: mode)
    #expect(system.text(path) == entry)
    #expect(deaf.events.all.contains { "\($0)".contains("as before again") })
    #expect(try deaf.installer.status().problems == [])
    #expect(try await deaf.installer.uninstall() == [])
    let copies = "/boot/efi/\(FakeBootLoaders.machineID)"
    #expect(try system.changes(since: before).filter { !$0.hasPrefix(copies) } == [])
  }

  @Test func anEntryThatLeadsNowhereIsTold() async throws {
    let system = try FakeSystem(.systemdBoot)
    let path = "/boot/efi/loader/entries/other.conf"
    try system.write(path, "title Other\nlinux /gone\n")
    let plan = try await Installation(system).installer.plan(InstallOptions(payload: system.payload))
    #expect(plan.findings.contains { $0.severity == .warning && $0.text.hasPrefix("\(path) leads to") })
    try await Installation(system).install()
    #expect(try Installation(system).installer.status().problems == [])
  }

  @Test func aKernelThatWentIsNoProblem() async throws {
    let system = try FakeSystem(.systemdBoot)
    try await Installation(system).install()
    try system.remove("/boot/efi/loader/entries/\(FakeBootLoaders.machineID)-6.1.0-10-amd64.conf")
    #expect(try Installation(system).installer.status().problems == [])
  }

  @Test func theImageOfAnotherSystemOnThePartitionIsLeftAlone() async throws {
    let system = try FakeSystem(.systemdBoot)
    let other = FakeBootLoaders.copy.replacing(FakeBootLoaders.machineID, with: "0123456789abcdef")
    try system.write(other, "image that knows how to open another root")
    try system.write(
      "/boot/efi/loader/entries/0123456789abcdef-6.1.0-10-amd64.conf",
      "title Other\nversion 6.1.0-10-amd64\nlinux /0123456789abcdef/6.1.0-10-amd64/linux\n"
        + "initrd \(other.dropFirst("/boot/efi".count))\noptions root=UUID=2\n")
    try await Installation(system).install()
    #expect(system.text(other) == "image that knows how to open another root")
    #expect(system.text(FakeBootLoaders.copy)?.contains("dracut") == true)
  }

  @Test func aSecondImageLeavesTheCopyAlone() async throws {
    let system = try FakeSystem(.systemdBoot)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install(initramfs: .sidecar)
    #expect(system.text(FakeBootLoaders.copy) == "initramfs-tools image of \(FakeSystem.kernels[1])")
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }

  /// The one that RAMDISK_BOOTCTL names, as ./test.sh does, else the system's.
  private static let bootctl = getenv("RAMDISK_BOOTCTL").map { String(cString: $0) } ?? "/usr/bin/bootctl"

  @Test(.enabled(if: geteuid() == 0 && Files.exists(bootctl), "needs root and bootctl: run ./test.sh unit"))
  func bootctlShowsTheSystemsEntryAsTheDefault() async throws {
    let system = try FakeSystem(.systemdBoot)
    try await Installation(system).install()
    // bootctl wants a mount point; the checks relaxed are those for FAT and the partition's type.
    let script = """
      mount -t tmpfs esp /mnt && cp -a "$1/." /mnt
      SYSTEMD_RELAX_ESP_CHECKS=1 "$2" --esp-path=/mnt list
      """
    let result = try await SystemCommands(root: .local).succeed(
      Command(["unshare", "--mount", "sh", "-ec", script, "sh", system.path("/boot/efi"), Self.bootctl]))
    let titles = result.output.split(separator: "\n").filter { $0.contains("title:") }
    #expect(titles.count == 2)
    #expect(titles.first?.contains("Debian GNU/Linux 12 (bookworm) (default)") == true)
    #expect(titles.last?.contains("iSCSI Target Ramdisk") == true)
  }
}

/// The order of Fedora's GRUB: file names are taken for names of packages, the highest version first (blscfg.c).
private enum FedoraOrder {
  static func precedes(_ name: String, _ other: String) -> Bool { compare(name, other) > 0 }

  private static func compare(_ first: String, _ second: String) -> Int {
    let (a, b) = (parts(first), parts(second))
    for index in 0..<3 {
      let order = segments(a[index], b[index])
      if order != 0 { return order }
    }
    return 0
  }

  /// Name, version and release: what is before, between and after the last two hyphens.
  private static func parts(_ text: String) -> [String] {
    let pieces = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard pieces.count >= 3 else { return [pieces[0], pieces.count > 1 ? pieces[1] : "", ""] }
    return [pieces.dropLast(2).joined(separator: "-"), pieces[pieces.count - 2], pieces[pieces.count - 1]]
  }

  /// rpmvercmp: runs of digits by value, runs of letters by bytes, digits above letters.
  private static func segments(_ first: String, _ second: String) -> Int {
    if first == second { return 0 }
    var (a, b) = (Substring(first), Substring(second))
    let isWord = { (c: Character) in c.isASCII && (c.isLetter || c.isNumber) }
    while true {
      a = a.drop { !isWord($0) }
      b = b.drop { !isWord($0) }
      guard let start = a.first, let other = b.first else { break }
      let isNumber = start.isNumber
      if isNumber != other.isNumber { return isNumber ? 1 : -1 }
      let (x, y) = (
        a.prefix { isWord($0) && $0.isNumber == isNumber }, b.prefix { isWord($0) && $0.isNumber == isNumber }
      )
      a = a.dropFirst(x.count)
      b = b.dropFirst(y.count)
      if isNumber {
        let (m, n) = (x.drop { $0 == "0" }, y.drop { $0 == "0" })
        if m.count != n.count { return m.count > n.count ? 1 : -1 }
        if m != n { return m.utf8.lexicographicallyPrecedes(n.utf8) ? -1 : 1 }
      } else if x != y {
        return x.utf8.lexicographicallyPrecedes(y.utf8) ? -1 : 1
      }
    }
    return a.isEmpty == b.isEmpty ? 0 : a.isEmpty ? -1 : 1
  }
}
