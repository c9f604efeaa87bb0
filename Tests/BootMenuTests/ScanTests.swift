import Linux
import Testing

@testable import BootMenu

@Suite struct LoaderEntryTests {
  @Test func variablesDoNotGrowWithoutBounds() throws {
    let variables = [
      "long": String(repeating: "x", count: 65_536), "fair": String(repeating: "x", count: 8000),
    ]
    func entry(_ text: String) throws -> LoaderEntry {
      try #require(LoaderEntry(fileName: "a.conf", text: text, variables: variables))
    }
    #expect(try entry("options a $long b\n")["options"] == "a")
    let line = "options " + String(repeating: "$fair ", count: 10_000) + "\n"
    #expect(try entry(line)["options"] == variables["fair"])
    let lines = try entry(String(repeating: "options $fair\n", count: 5000)).all("options")
    #expect(lines.reduce(0) { $0 + $1.utf8.count } <= 1 << 17)
  }
}

@Suite struct ScanTests {
  private let defaults = BootMenu.Defaults(commandLine: "root=UUID=1 ro", generator: .dracut(version: "059"))

  private func scan(_ tree: TemporaryTree, path: String = "/boot", commandLine: String? = nil) throws
    -> [BootEntry]
  {
    var defaults = defaults
    if let commandLine { defaults.commandLine = commandLine }
    return try BootMenu.scan(root: tree.path, path: path, defaults: defaults)
  }

  @Test func debian() throws {
    let tree = try TemporaryTree([
      "boot/vmlinuz-6.1.0-9-amd64": "k9", "boot/initrd.img-6.1.0-9-amd64": "i9",
      "boot/vmlinuz-6.1.0-28-amd64": "k28", "boot/initrd.img-6.1.0-28-amd64": "i28",
      "boot/vmlinuz-6.2.0-rc1": "no initrd", "boot/config-6.1.0-9-amd64": "",
      "boot/System.map-6.1.0-9-amd64": "",
      "boot/iscsi-target-ramdisk/vmlinuz": "own", "etc/os-release": "PRETTY_NAME=\"Debian GNU/Linux 12\"\n",
    ])
    tree.link("vmlinuz", to: "boot/vmlinuz-6.1.0-28-amd64")
    let entries = try scan(tree)
    #expect(entries.map(\.id) == ["vmlinuz-6.1.0-28-amd64", "vmlinuz-6.1.0-9-amd64"])
    #expect(entries.map(\.isDefault) == [true, false])
    let newest = try #require(entries.first)
    #expect(newest.title == "Debian GNU/Linux 12, Linux 6.1.0-28-amd64")
    #expect(newest.kernel == BootFile(path: "/boot/vmlinuz-6.1.0-28-amd64", size: 3))
    #expect(newest.initrds == [BootFile(path: "/boot/initrd.img-6.1.0-28-amd64", size: 3)])
    #expect(newest.commandLine == "root=UUID=1 ro")
    #expect(newest.generator == .dracut(version: "059"))
  }

  @Test func namesOfOtherDistributions() throws {
    let tree = try TemporaryTree([
      "vmlinuz-linux": "k", "initramfs-linux.img": "i", "initramfs-linux-fallback.img": "f",
      "intel-ucode.img": "m",
      "vmlinuz-6.9-default": "k", "initrd-6.9-default": "i", "vmlinuz-lts": "k", "initramfs-lts": "i",
    ])
    let entries = try scan(tree, path: "/")
    let initrds = Dictionary(uniqueKeysWithValues: entries.map { ($0.id, $0.initrds.map(\.path)) })
    #expect(
      initrds == [
        "vmlinuz-linux": ["/intel-ucode.img", "/initramfs-linux.img"],
        "vmlinuz-6.9-default": ["/intel-ucode.img", "/initrd-6.9-default"],
        "vmlinuz-lts": ["/intel-ucode.img", "/initramfs-lts"],
      ])
  }

  /// Fedora: /boot is a file system of its own, entries hold variables of GRUB's environment block.
  @Test func fedora() throws {
    let entry = """
      title Fedora Linux (6.8.5-301.fc40.x86_64) 40 (Workstation Edition)
      version 6.8.5-301.fc40.x86_64
      linux /vmlinuz-6.8.5-301.fc40.x86_64
      initrd /initramfs-6.8.5-301.fc40.x86_64.img $tuned_initrd
      options $kernelopts rhgb quiet $tuned_params
      grub_users $grub_users
      """
    let tree = try TemporaryTree([
      "loader/entries/abc-6.8.5-301.fc40.x86_64.conf": entry,
      "loader/entries/abc-6.10.1-1.fc40.x86_64.conf": entry.replacing("6.8.5-301", with: "6.10.1-1"),
      "loader/entries/abc-0-rescue.conf": entry.replacing("6.8.5-301.fc40.x86_64", with: "0-rescue"),
      "loader/entries/broken.conf": "title No kernel\nlinux /absent\n",
      "vmlinuz-6.8.5-301.fc40.x86_64": "a", "initramfs-6.8.5-301.fc40.x86_64.img": "a",
      "vmlinuz-6.10.1-1.fc40.x86_64": "b", "initramfs-6.10.1-1.fc40.x86_64.img": "b",
      "vmlinuz-0-rescue": "c", "initramfs-0-rescue.img": "c",
      "grub2/grubenv":
        "# GRUB Environment Block\nkernelopts=root=UUID=2 ro a\\\\b\nsaved_entry=abc-6.8.5-301.fc40.x86_64\n####",
    ])
    let entries = try scan(tree, path: "/")
    #expect(entries.map(\.id) == ["abc-6.10.1-1.fc40.x86_64", "abc-6.8.5-301.fc40.x86_64", "abc-0-rescue"])
    #expect(entries.map(\.isDefault) == [false, true, false])
    #expect(entries[0].commandLine == "root=UUID=2 ro a\\b rhgb quiet")
    #expect(entries[0].initrds.map(\.path) == ["/initramfs-6.10.1-1.fc40.x86_64.img"])
    #expect(entries[0].title == "Fedora Linux (6.10.1-1.fc40.x86_64) 40 (Workstation Edition)")
  }

  @Test func systemdBoot() throws {
    let files = ["a/linux", "a/initrd", "a/microcode", "b/linux", "c/linux"]
    let tree = try TemporaryTree(Dictionary(uniqueKeysWithValues: files.map { ($0, "x") }))
    func entry(_ name: String, _ text: String) throws {
      try tree.write("loader/entries/\(name)", Array(text.utf8))
    }
    try entry("zz-old+0-3.conf", "title Bad\nlinux /c/linux\nsort-key debian\nversion 9")
    try entry("mm-1+3.conf", "title Old\nlinux /b/linux\nsort-key debian\nversion 1~rc1\n")
    try entry(
      "aa.conf",
      "title\tNew\nlinux   /a/linux\ninitrd /a/microcode\ninitrd /a/initrd\noptions root=1\n\n# comment\noptions quiet\nsort-key debian\nversion 1\n"
    )
    try tree.write("loader/loader.conf", Array("timeout 3\ndefault mm-*\n".utf8))
    let entries = try scan(tree, path: "/")
    #expect(entries.map(\.title) == ["New", "Old", "Bad"])
    #expect(entries.map(\.id) == ["aa", "mm-1", "zz-old"])
    #expect(entries[0].initrds.map(\.path) == ["/a/microcode", "/a/initrd"])
    #expect(entries[0].commandLine == "root=1 quiet")
    #expect(entries.map(\.isDefault) == [false, true, false])
  }

  @Test func pathsOfSubvolumes() throws {
    let tree = try TemporaryTree([
      "boot/loader/entries/x.conf": "title X\nlinux /@/boot/k\ninitrd /@/boot/i\n", "boot/k": "k",
      "boot/i": "i",
    ])
    #expect(try scan(tree).map(\.kernel.path) == ["/boot/k"])
  }

  /// The same disk with the top of its btrfs mounted.
  @Test func systemInSubvolume() throws {
    let tree = try TemporaryTree([
      "@/boot/vmlinuz-1": "k", "@/boot/initrd.img-1": "i", "@/etc/os-release": "PRETTY_NAME=Arch",
      "@home/x": "",
      "@/boot/grub/grub.cfg": "linux /@/boot/vmlinuz-1 root=UUID=7 rootflags=subvol=@",
    ])
    let entries = try scan(tree, commandLine: "")
    #expect(entries.map(\.kernel.path) == ["/@/boot/vmlinuz-1"])
    #expect(entries.map(\.title) == ["Arch, Linux 1"])
    #expect(entries.map(\.commandLine) == ["root=UUID=7 rootflags=subvol=@"])
  }

  @Test func commandLineOfGrubMenu() throws {
    let tree = try TemporaryTree([
      "boot/vmlinuz-1": "k", "boot/initrd.img-1": "i",
      "boot/grub/grub.cfg": """
      menuentry 'Debian' {
      \tlinux\t/boot/vmlinuz-1 root=UUID=7 ro quiet ${extra}
      }
      menuentry 'Debian (recovery)' {
      \tlinux /boot/vmlinuz-1 root=UUID=7 ro single
      }
      """,
    ])
    #expect(try scan(tree, commandLine: "").map(\.commandLine) == ["root=UUID=7 ro quiet"])
    #expect(try scan(tree).map(\.commandLine) == ["root=UUID=1 ro"])
  }

  @Test func sidecarOfAnotherKernel() throws {
    func image(_ release: String) -> String {
      var bytes = [UInt8](repeating: 0x20, count: 0x300)
      bytes.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
      bytes.replaceSubrange(0x20E..<0x210, with: [0x7F, 0])
      bytes.replaceSubrange(0x27F..<(0x27F + release.utf8.count), with: Array(release.utf8))
      return String(decoding: bytes, as: UTF8.self)
    }
    let index = SidecarIndex(kernels: [
      "vmlinuz-linux": SidecarIndex.Image(
        initrd: "iscsi-target-ramdisk/sidecar-6.9.img", generator: "dracut", release: "6.9")
    ])
    for (release, expected) in [
      ("6.9", "/boot/iscsi-target-ramdisk/sidecar-6.9.img"), ("6.10", "/boot/initramfs-linux.img"),
    ] {
      let tree = try TemporaryTree([
        "boot/vmlinuz-linux": image(release), "boot/initramfs-linux.img": "i",
        "boot/iscsi-target-ramdisk/sidecar-6.9.img": "s",
        "boot/\(SidecarIndex.path)": String(decoding: try index.json(), as: UTF8.self),
      ])
      #expect(try scan(tree).flatMap { $0.initrds.map(\.path) } == [expected])
    }
  }

  @Test func sidecarKeysTellKernelsApart() {
    let paths = ["/boot/abc/6.1/linux", "/boot/abc/6.2/linux", "/boot/vmlinuz-5"]
    let keys = paths.map { SidecarIndex.key(ofKernel: $0, among: paths) }
    #expect(keys == ["6.1/linux", "6.2/linux", "vmlinuz-5"])
    let image = SidecarIndex.Image(initrd: "i", generator: "dracut")
    let index = SidecarIndex(kernels: ["6.1/linux": image])
    #expect(index.image(forKernel: "/abc/6.1/linux") == image)
    #expect(index.image(forKernel: "/abc/6.2/linux") == nil)
    #expect(index.image(forKernel: "linux") == nil)
  }

  @Test func sidecar() throws {
    let index = SidecarIndex(kernels: [
      "vmlinuz-1": SidecarIndex.Image(initrd: "iscsi-target-ramdisk/sidecar-1.img", generator: "dracut-106")
    ])
    let tree = try TemporaryTree([
      "boot/vmlinuz-1": "k", "boot/initrd.img-1": "i", "boot/iscsi-target-ramdisk/sidecar-1.img": "s",
      "boot/\(SidecarIndex.path)": String(decoding: try index.json(), as: UTF8.self),
    ])
    let entries = try scan(tree)
    #expect(entries.map(\.generator) == [.dracut(version: "106")])
    #expect(entries.flatMap { $0.initrds.map(\.path) } == ["/boot/iscsi-target-ramdisk/sidecar-1.img"])
  }

  @Test func linksStayInside() throws {
    let outside = try TemporaryTree(["secret": "secret"])
    let tree = try TemporaryTree(["boot/initrd.img-1": "i", "boot/initrd.img-2": "i", "boot/real": "kernel"])
    tree.link("boot/vmlinuz-1", to: "\(outside.path)/secret")
    tree.link("boot/vmlinuz-2", to: "../../../../../../boot/real")
    tree.link("boot/loader", to: outside.path)
    let entries = try scan(tree)
    #expect(entries.map(\.id) == ["vmlinuz-2"])
    #expect(entries.map(\.kernel.size) == [6])
  }

  @Test func emptyAndMissing() throws {
    let tree = try TemporaryTree(["boot/readme": "x"])
    #expect(try scan(tree).isEmpty)
    #expect(try scan(tree, path: "/absent").isEmpty)
    #expect(throws: SystemError.self) {
      try BootMenu.scan(root: tree.path + "/no", path: "/", defaults: defaults)
    }
  }

  @Test func hostileNamesBecomeHarmlessIdentifiers() throws {
    let tree = try TemporaryTree([
      "boot/vmlinuz-1 ${x}\n:menu": "k", "boot/initrd.img-1 ${x}\n:menu": "i",
      "boot/loader/entries/..conf": "title A\u{1B}[31m\u{85}B\nlinux /boot/k", "boot/k": "k",
    ])
    let entries = try scan(tree)
    #expect(Set(entries.map(\.id)) == ["entry", "vmlinuz-1---x---menu"])
    #expect(entries.allSatisfy { $0.title.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
  }
}
