import Testing

@testable import HostInstall

@Suite struct ParserTests {
  @Test func readsOSRelease() {
    let release = OSRelease(
      "# comment\nID=\"rhel\"\nID_LIKE='fedora centos'\nPRETTY_NAME=\"A \\\"B\\\" C\"\nVERSION_ID=9.4\nX\n")
    #expect(release.id == "rhel")
    #expect(release.idLike == ["fedora", "centos"])
    #expect(release.name == "A \"B\" C")
    #expect(release.version == "9.4")
    #expect(OSRelease("").id == "linux")
    #expect(OSRelease("ID=\"").id == "\"")
  }

  @Test func findsTheMountOfAPath() {
    let table = MountTable(
      """
      22 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw
      30 22 0:40 /@boot /boot rw shared:2 - btrfs /dev/sda2 rw
      31 22 8:5 / /my\\040disk rw - xfs /dev/sda5 rw
      32 22 8:6 / /boot/efi rw - vfat /dev/sda6 rw
      33 22 8:7 / /my\\040disk rw - ext4 /dev/sda7 rw
      half a line
      """)
    #expect(table.mounts.count == 5)
    #expect(table.mount(of: "/etc/fstab")?.source == "/dev/sda1")
    #expect(table.mount(of: "/boot/grub")?.root == "/@boot")
    #expect(table.mount(of: "/bootstrap")?.source == "/dev/sda1")
    #expect(table.mount(of: "/my disk/x")?.source == "/dev/sda7")
    #expect(table.mount(of: "/boot/efi")?.type == "vfat")
  }

  @Test func makesCommandLinesPortable() {
    let line = KernelCommandLine(
      "BOOT_IMAGE=/vmlinuz root=/dev/sda1  ro x=\"a b\" netroot=iscsi rd.iscsi.firmware=1 ip=bootnet:dhcp ip=eth1:dhcp\n"
    )
    #expect(line.portable().description == "root=/dev/sda1 ro x=\"a b\" ip=eth1:dhcp")
    #expect(line.portable().withRoot(uuid: "u").parameters.first == "root=UUID=u")
    #expect(
      KernelCommandLine("root=/dev/mapper/vg-root ro").withRoot(uuid: "u").description
        == "root=/dev/mapper/vg-root ro")
    #expect(KernelCommandLine("root=PARTUUID=p").withRoot(uuid: "u").description == "root=PARTUUID=p")
    #expect(KernelCommandLine("quiet").withRoot(uuid: "u").description == "root=UUID=u quiet")
    #expect(KernelCommandLine("quiet").withRoot(uuid: nil).description == "quiet")
  }

  @Test func readsTheFirstKernelOfGRUB() {
    #expect(
      GRUBConfiguration(FakeSystem.grubConfiguration).firstKernelParameters
        == "root=/dev/sda1 ro console=ttyS0 quiet")
    #expect(GRUBConfiguration("menuentry x {\n linux /vmlinuz root=a single\n}").firstKernelParameters == nil)
    #expect(GRUBConfiguration("linux16 /boot/memtest.elf").firstKernelParameters == nil)
    #expect(GRUBConfiguration("").firstKernelParameters == nil)
  }

  @Test func splitsWordsAsGRUBDoes() {
    #expect(
      GRUBConfiguration.words(#"  a 'b c' "d $x e" f\ g ${h}i '' "#) == ["a", "b c", "d  e", "f g", "i", ""])
    #expect(GRUBConfiguration.words("'unfinished") == ["unfinished"])
    #expect(GRUBConfiguration.words("") == [])
  }

  @Test func keepsAnEnvironmentBlockWhole() throws {
    let text =
      EnvironmentBlock.signature + "saved_entry=0\nnext_entry=ramdisk-install\n"
      + String(repeating: "#", count: 900)
    let block = try #require(EnvironmentBlock(text))
    #expect(block["next_entry"] == "ramdisk-install")
    #expect(block["nothing"] == nil)
    let rest = block.removing("next_entry")
    #expect(rest.text.utf8.count == 1024)
    #expect(rest.text.hasPrefix(EnvironmentBlock.signature + "saved_entry=0\n###"))
    #expect(EnvironmentBlock("saved_entry=0") == nil)
  }

  @Test func readsSimulationsOfApt() {
    let simulation = SimulationText.apt(
      """
      NOTE: This is only a simulation!
      Inst kpartx (0.9.4-3 Debian:12 [amd64])
      Inst libc6 [2.36-8] (2.36-9 Debian:12 [amd64]) []
      Remv initramfs-tools [0.142] [linux-image-amd64:amd64 ]
      Purg old [1]
      Conf kpartx (0.9.4-3 Debian:12 [amd64])
      Inst
      """)
    #expect(
      simulation
        == PackageSimulation(added: ["kpartx"], upgraded: ["libc6"], removed: ["initramfs-tools", "old"]))
  }

  /// The layouts of real outputs, shortened.
  @Test func readsSimulationsOfOtherPackageManagers() {
    let dnf = """
      Updating and loading repositories:
      Repositories loaded.
      Package                    Arch   Version         Repository      Size
      Upgrading:
       libnfsidmap               x86_64 1:2.8.4-0.fc43  updates    170.4 KiB
         replacing libnfsidmap   x86_64 1:2.8.3-2.fc43  anaconda   170.4 KiB
      Installing:
       iscsi-initiator-utils     x86_64 6.2.1.11-2.fc43 fedora       1.5 MiB
      Installing dependencies:
       isns-utils-libs           x86_64 0.103-2.fc43    fedora     244.7 KiB
      Removing dependent packages:
       old                       noarch 1-1             @System      1.0 KiB

      Transaction Summary:
       Installing:         2 packages
      """
    #expect(
      SimulationText.parse(dnf, .dnf)
        == PackageSimulation(
          added: ["iscsi-initiator-utils", "isns-utils-libs"], upgraded: ["libnfsidmap"], removed: ["old"]))
    let zypper = """
      Reading installed packages...
      Resolving package dependencies...

      The following recommended package was automatically selected:
        nfs-client

      The following 2 NEW packages are going to be installed:
        libopeniscsiusr0 open-iscsi

      The following package is going to be upgraded:
        udev

      The following package is going to be REMOVED:
        old

      2 new packages to install.
      """
    #expect(
      SimulationText.parse(zypper, .zypper)
        == PackageSimulation(added: ["libopeniscsiusr0", "open-iscsi"], upgraded: ["udev"], removed: ["old"]))
    #expect(
      SimulationText.parse("+dracut\n-old\nwarning: x\n", .pacman)
        == PackageSimulation(added: ["dracut"], removed: ["old"]))
    let xbps = "isns-utils-libs-0.102_3 install x86_64 https://x/current 1 2\nfoo-1.0_1 update x86_64 r 1 2\n"
    #expect(
      SimulationText.parse(xbps, .xbps) == PackageSimulation(added: ["isns-utils-libs"], upgraded: ["foo"]))
    let apk =
      "(1/2) Installing open-iscsi (2.1.11-r0)\n(2/2) Purging old (1-r0)\nOK: 400 MiB in 90 packages\n"
    #expect(SimulationText.parse(apk, .apk) == PackageSimulation(added: ["open-iscsi"], removed: ["old"]))
    let emerge = """
      [ebuild  N     ] sys-block/open-iscsi-2.1.11-r1:0/0.2::gentoo  USE="systemd"
      [ebuild     U  ] sys-kernel/dracut-107-r3 [106]
      """
    #expect(
      SimulationText.parse(emerge, .emerge)
        == PackageSimulation(added: ["sys-block/open-iscsi"], upgraded: ["sys-kernel/dracut"]))
    #expect(
      SimulationText.parse(" sys-block/open-iscsi\n    selected: 2.1.11\n", .emerge).removed == [
        "sys-block/open-iscsi"
      ])
    let ostree = "Added:\n  iscsi-initiator-utils-6.2.1.11-2.fc43.x86_64\nUpgraded:\n  foo 1-1 -> 2-1\n"
    #expect(
      SimulationText.parse(ostree, .rpmOSTree)
        == PackageSimulation(added: ["iscsi-initiator-utils"], upgraded: ["foo"]))
  }

  @Test func looksIntoAnImage() {
    let image = DracutImage(
      listing: """
        Image: /boot/x: 53M
        dracut modules:
        systemd
        iscsi
        network
        ========================================================================
        drwxr-xr-x   3 root     root            0 Nov 21 04:20 usr/sbin
        lrwxrwxrwx   1 root     root            7 Nov 21 04:20 bin -> usr/bin
        -rwxr-xr-x   1 root     root       200000 Nov 21 04:20 usr/sbin/iscsid
        -rwxr-xr-x   1 root     root       200000 Nov 21 04:20 usr/bin/iscsiadm
        lrwxrwxrwx   1 root     root       200000 Nov 21 04:20 usr/bin/mount -> ../x/other
        -rw-r--r--   1 root     root        20000 Nov 21 04:20 usr/lib/modules/6/kernel/drivers/scsi/iscsi_tcp.ko.xz
        ========================================================================
        """)
    #expect(image.modules == ["systemd", "iscsi", "network"])
    #expect(image.missing(RootStack(fileSystem: "ext4"), builtIn: ["ext4"]) == [])
    #expect(image.missing(RootStack(fileSystem: "xfs"), builtIn: ["ext4"]) == ["the kernel module xfs"])
    #expect(DracutImage(listing: "").missing(RootStack(fileSystem: "ext4"), builtIn: []).count == 7)
    #expect(DracutImage.moduleName("kernel/net/nf-log.ko.zst") == "nf_log")
  }

  @Test func keepsToItsMarkedBlock() throws {
    func inserting(_ block: String, into text: String) -> String? {
      MarkedBlock.inserting(block, into: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    func removing(from text: String) -> String? {
      MarkedBlock.removing(from: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }
    let with = try #require(inserting("ours\n", into: "above"))
    #expect(with == "above\n### BEGIN ramdisk-install ###\nours\n### END ramdisk-install ###\n")
    #expect(MarkedBlock.content(of: with) == "ours")
    #expect(removing(from: with + "below\n") == "above\nbelow\n")
    #expect(inserting("new", into: with).flatMap { MarkedBlock.content(of: $0) } == "new")
    #expect(MarkedBlock.content(of: "above") == nil)
    #expect(removing(from: "a\n") == "a\n")
    #expect(removing(from: with + with) == "above\nabove\n")
    for mark in [MarkedBlock.begin, MarkedBlock.end] {
      #expect(removing(from: with.replacing(mark + "\n", with: "")) == nil)
      #expect(removing(from: with + mark + "\n") == nil)
      #expect(inserting("new", into: mark) == nil)
    }
  }

  @Test func quotesCommands() {
    #expect(Command(["a", "b c", "it's", ""]).description == #"a 'b c' 'it'\''s' ''"#)
    let filled = Command.filled(["x", "{packages}", "in={packages}", "{other}"], ["packages": ["a", "b"]])
    #expect(filled.arguments == ["x", "a", "b", "in=a b", "{other}"])
  }
}
