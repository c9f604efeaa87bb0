import Testing

@testable import HostInstall

/// A distribution as its documentation describes it: what the installer looks at, and nothing else.
struct DistroTree: Sendable {
  /// Names the golden file.
  let name: String
  /// Name of the profile that must be chosen.
  let profile: String
  let osRelease: String
  let generator: InitramfsFacts.Generator
  /// Version, image, initramfs and the directory of the modules of its one kernel.
  let kernel: (version: String, image: String, initramfs: String, modules: String)
  let grub: String
  var extra: [String: String] = [:]
  /// nil: what an installation takes by itself.
  var mode: InstallOptions.InitramfsMode?

  var files: [String: String] {
    var files = extra
    files["/etc/os-release"] = osRelease
    files["/etc/hostname"] = "host\n"
    files[kernel.image] = "kernel"
    files[kernel.initramfs] = "image of the system's own generator"
    files["\(kernel.modules)/modules.builtin"] = "kernel/fs/ext4/ext4.ko\n"
    files["\(grub)/grub.cfg"] = """
      menuentry 'It' {
        linux \(kernel.image) root=UUID=1 ro quiet
      }
      source ${config_directory}/custom.cfg

      """
    switch generator {
    case .initramfsTools: files["/usr/sbin/update-initramfs"] = "#!/bin/sh\n"
    case .mkinitcpio: files["/usr/bin/mkinitcpio"] = "#!/bin/bash\n"
    case .mkinitfs: files["/sbin/mkinitfs"] = "#!/bin/sh\n"
    case .dracut: for (path, text) in DistroTree.dracut { files[path] = text }
    case .booster, .none: break
    }
    return files
  }

  /// What the package brings along.
  static let dracut = [
    "/usr/bin/dracut": "#!/bin/bash\n", "/usr/lib/dracut/dracut-version.sh": "DRACUT_VERSION=107\n",
  ]

  private static func systemd(_ more: [String: String] = [:]) -> [String: String] {
    more.merging(["/usr/lib/systemd/systemd": ""]) { first, _ in first }
  }

  private static func kernel(
    _ version: String, _ image: String, _ initramfs: String, lib: String = "/usr/lib"
  ) -> (version: String, image: String, initramfs: String, modules: String) {
    (version, image, initramfs, "\(lib)/modules/\(version)")
  }

  static let all: [DistroTree] = [
    DistroTree(
      name: "ubuntu-24.04", profile: "Ubuntu",
      osRelease: "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nPRETTY_NAME=\"Ubuntu 24.04 LTS\"\n",
      generator: .initramfsTools,
      kernel: kernel(
        "6.8.0-31-generic", "/boot/vmlinuz-6.8.0-31-generic", "/boot/initrd.img-6.8.0-31-generic", lib: "/lib"
      ),
      grub: "/boot/grub", extra: systemd(["/usr/sbin/netplan": ""]), mode: .sidecar),
    DistroTree(
      name: "ubuntu-26.04", profile: "Ubuntu",
      osRelease: "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"26.04\"\n", generator: .dracut,
      kernel: kernel(
        "6.20.0-5-generic", "/boot/vmlinuz-6.20.0-5-generic", "/boot/initrd.img-6.20.0-5-generic", lib: "/lib"
      ),
      grub: "/boot/grub", extra: systemd(["/usr/sbin/update-initramfs": "#!/bin/sh\nexec dracut\n"])),
    DistroTree(
      name: "linuxmint", profile: "Linux Mint",
      osRelease: "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nUBUNTU_CODENAME=noble\n",
      generator: .initramfsTools,
      kernel: kernel(
        "6.8.0-31-generic", "/boot/vmlinuz-6.8.0-31-generic", "/boot/initrd.img-6.8.0-31-generic", lib: "/lib"
      ),
      grub: "/boot/grub", extra: systemd(["/usr/sbin/NetworkManager": ""]), mode: .sidecar),
    DistroTree(
      name: "pop", profile: "Pop!_OS", osRelease: "ID=pop\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22.04\"\n",
      generator: .initramfsTools,
      kernel: kernel(
        "6.8.0-76060800-generic", "/boot/vmlinuz-6.8.0-76060800-generic",
        "/boot/initrd.img-6.8.0-76060800-generic", lib: "/lib"),
      grub: "/boot/grub", extra: systemd()),
    DistroTree(
      name: "fedora", profile: "Fedora", osRelease: "ID=fedora\nVERSION_ID=43\nVARIANT_ID=workstation\n",
      generator: .dracut,
      kernel: kernel(
        "6.17.1-300.fc43.x86_64", "/boot/vmlinuz-6.17.1-300.fc43.x86_64",
        "/boot/initramfs-6.17.1-300.fc43.x86_64.img"),
      grub: "/boot/grub2",
      extra: systemd([
        "/usr/sbin/NetworkManager": "", "/etc/selinux/config": "SELINUX=enforcing\nSELINUXTYPE=targeted\n",
        "/etc/selinux/targeted/contexts/files/file_contexts": "", "/usr/sbin/setfiles": "",
        "/boot/loader/entries/x.conf": "title Fedora\nlinux /vmlinuz-6.17.1-300.fc43.x86_64\n",
      ])),
    DistroTree(
      name: "silverblue", profile: "Fedora Silverblue, Kinoite and other rpm-ostree systems",
      osRelease: "ID=fedora\nVERSION_ID=43\nVARIANT_ID=silverblue\n", generator: .dracut,
      kernel: kernel(
        "6.17.1-300.fc43.x86_64", "/boot/ostree/fedora-0a1b/vmlinuz-6.17.1-300.fc43.x86_64",
        "/boot/ostree/fedora-0a1b/initramfs-6.17.1-300.fc43.x86_64.img"),
      grub: "/boot/grub2", extra: systemd(["/run/ostree-booted": "", "/usr/sbin/NetworkManager": ""])),
    DistroTree(
      name: "rocky", profile: "RHEL, Rocky, AlmaLinux, CentOS",
      osRelease: "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.6\"\n", generator: .dracut,
      kernel: kernel(
        "5.14.0-570.el9.x86_64", "/boot/vmlinuz-5.14.0-570.el9.x86_64",
        "/boot/initramfs-5.14.0-570.el9.x86_64.img"),
      grub: "/boot/grub2", extra: systemd(["/usr/sbin/NetworkManager": ""])),
    DistroTree(
      name: "tumbleweed", profile: "openSUSE",
      osRelease: "ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n",
      generator: .dracut,
      kernel: kernel("6.17.3-1-default", "/boot/vmlinuz-6.17.3-1-default", "/boot/initrd-6.17.3-1-default"),
      grub: "/boot/grub2", extra: systemd(["/usr/sbin/wicked": ""]), mode: .sidecar),
    DistroTree(
      name: "arch", profile: "Arch Linux", osRelease: "ID=arch\nBUILD_ID=rolling\n", generator: .mkinitcpio,
      kernel: kernel("6.17.4-arch1-1", "/boot/vmlinuz-linux", "/boot/initramfs-linux.img"),
      grub: "/boot/grub",
      extra: systemd(["/usr/lib/modules/6.17.4-arch1-1/pkgbase": "linux\n"])),
    DistroTree(
      name: "manjaro", profile: "Manjaro", osRelease: "ID=manjaro\nID_LIKE=arch\n", generator: .mkinitcpio,
      kernel: kernel("6.6.54-2-MANJARO", "/boot/vmlinuz-6.6-x86_64", "/boot/initramfs-6.6-x86_64.img"),
      grub: "/boot/grub",
      extra: systemd([
        "/usr/lib/modules/6.6.54-2-MANJARO/kernelbase": "6.6-x86_64\n", "/usr/bin/NetworkManager": "",
      ])),
    DistroTree(
      name: "endeavouros", profile: "EndeavourOS", osRelease: "ID=endeavouros\nID_LIKE=arch\n",
      generator: .dracut,
      kernel: kernel("6.17.4-arch1-1", "/boot/vmlinuz-linux", "/boot/initramfs-linux.img"),
      grub: "/boot/grub",
      extra: systemd(["/usr/lib/modules/6.17.4-arch1-1/pkgbase": "linux\n", "/usr/bin/NetworkManager": ""])),
    DistroTree(
      name: "cachyos", profile: "CachyOS", osRelease: "ID=cachyos\n", generator: .mkinitcpio,
      kernel: kernel("6.17.4-2-cachyos", "/boot/vmlinuz-linux-cachyos", "/boot/initramfs-linux-cachyos.img"),
      grub: "/boot/grub", extra: systemd(["/usr/lib/modules/6.17.4-2-cachyos/pkgbase": "linux-cachyos\n"])),
    DistroTree(
      name: "void", profile: "Void Linux", osRelease: "ID=\"void\"\n", generator: .dracut,
      kernel: kernel("6.12.54_1", "/boot/vmlinuz-6.12.54_1", "/boot/initramfs-6.12.54_1.img"),
      grub: "/boot/grub"),
    DistroTree(
      name: "alpine", profile: "Alpine Linux", osRelease: "ID=alpine\nVERSION_ID=3.22.2\n",
      generator: .mkinitfs,
      kernel: kernel("6.12.55-0-lts", "/boot/vmlinuz-lts", "/boot/initramfs-lts", lib: "/lib"),
      grub: "/boot/grub"),
    DistroTree(
      name: "gentoo", profile: "Gentoo", osRelease: "ID=gentoo\n", generator: .dracut,
      kernel: kernel(
        "6.12.54-gentoo-dist", "/boot/kernel-6.12.54-gentoo-dist", "/boot/initramfs-6.12.54-gentoo-dist.img",
        lib: "/lib"),
      grub: "/boot/grub"),
    DistroTree(
      name: "unknown-with-pacman", profile: "Arch Linux", osRelease: "ID=obscure\n", generator: .mkinitcpio,
      kernel: kernel("6.17.4-arch1-1", "/boot/vmlinuz-linux", "/boot/initramfs-linux.img"),
      grub: "/boot/grub",
      extra: systemd(["/usr/lib/modules/6.17.4-arch1-1/pkgbase": "linux\n", "/usr/bin/pacman": ""])),
  ]
}

extension DistroTree: CustomTestStringConvertible {
  var testDescription: String { name }
}
