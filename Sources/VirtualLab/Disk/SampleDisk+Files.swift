extension SampleDisk {
  /// Writes what an installation and its owner would have written: mounts, names, boot loader defaults; and what lets
  /// the laboratory watch and steer the system through its serial console.
  func configure(_ mounted: MountedDisk) async throws {
    for (path, content) in files {
      let directory = path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)
      try await mounted.run(["mkdir", "-p", mounted.root + directory])
      try HostFile.write(content, to: mounted.hostPath(path))
    }
    try await mounted.chroot(["chmod", "755", "/usr/local/sbin/lab-verdict"])
    try await mounted.chroot(["chpasswd"], input: "root:\(rootPassword)\n")
    try await mounted.chroot(["systemd-machine-id-setup"])
    // The first boot of an installed Debian makes this; mmdebstrap takes it out.
    try await mounted.chroot(["ln", "-sf", "/etc/machine-id", "/var/lib/dbus/machine-id"])
    // What the first boot makes: this system has been in use.
    try await mounted.chroot([
      "systemd-tmpfiles", "--create", "--boot", "--prefix=/etc", "--prefix=/root", "--prefix=/var",
    ])
    if layout.release.marksFirstBoot {
      try await mounted.chroot(["/usr/lib/systemd/systemd-update-done"])
      try await mounted.chroot(["mkdir", "/efi"])
    }
    if layout.mountsSystemPartition { try await mounted.chroot(["mkdir", "-p", "/boot/efi"]) }
    try await mounted.chroot(["systemctl", "enable", "lab-verdict.service"])
    if let encryptedRoot { try await configureEncryption(mounted, encryptedRoot) }
  }

  private var files: [String: String] {
    [
      "/etc/hostname": "sample\n",
      "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 sample\n",
      "/etc/fstab": fileSystemTable,
      "/etc/systemd/system.conf.d/lab.conf": SampleDisk.patience,
      "/etc/systemd/system/lab-verdict.service": SampleDisk.verdictUnit,
      "/usr/local/sbin/lab-verdict": SampleDisk.verdictScript,
      "/etc/systemd/system/serial-getty@ttyS0.service.d/lab.conf": SampleDisk.shellUnit,
      "/root/.profile": SampleDisk.shellProfile,
      "/var/lib/lab/README": "Files here are named in the verdict line on the serial console.\n",
    ].merging(layout.usesSystemdBoot ? systemdBootFiles : ["/etc/default/grub": SampleDisk.grubDefaults]) {
      $1
    }
  }

  private var systemdBootFiles: [String: String] {
    ["/etc/kernel/cmdline": "root=UUID=\(rootUUID) ro quiet \(SampleDisk.commandLine)\n"]
  }

  /// Has the system open its root. Mounted here it does not show that its root is the container's content, so the
  /// image is told to open it.
  private func configureEncryption(_ mounted: MountedDisk, _ container: EncryptedRoot) async throws {
    try HostFile.write(
      "\(EncryptedRoot.name) UUID=\(try await container.uuid()) none luks,initramfs\n",
      to: mounted.hostPath("/etc/crypttab"))
    try await mounted.chroot(["update-initramfs", "-u"])
  }

  private var fileSystemTable: String {
    "UUID=\(rootUUID) / ext4 errors=remount-ro 0 1\n"
      + (layout.mountsSystemPartition ? "UUID=\(SampleDisk.systemUUID) /boot/efi vfat umask=0077 0 1\n" : "")
      + (layout.hasSeparateBoot ? "UUID=\(bootUUID) /boot xfs defaults 0 0\n" : "")
  }

  private static let commandLine =
    "console=tty0 console=ttyS0,115200 systemd.show_status=true sysrq_always_enabled"

  /// The firmware's own console is the serial port, for BIOS and UEFI: GRUB needs no serial terminal besides.
  private static let grubDefaults = """
    GRUB_DEFAULT=0
    GRUB_TIMEOUT=1
    GRUB_DISTRIBUTOR=Debian
    GRUB_CMDLINE_LINUX_DEFAULT="quiet"
    GRUB_CMDLINE_LINUX="\(commandLine)"
    GRUB_TERMINAL=console

    """

  /// An emulated machine on a busy host may need minutes until it has seen all of its devices.
  private static let patience = """
    [Manager]
    DefaultTimeoutStartSec=20min
    DefaultTimeoutStopSec=10min
    DefaultDeviceTimeoutSec=20min

    """

  private static let verdictUnit = """
    [Unit]
    Description=Tell the laboratory how this system was booted
    After=local-fs.target systemd-user-sessions.service
    Before=serial-getty@ttyS0.service

    [Service]
    Type=oneshot
    ExecStart=/usr/local/sbin/lab-verdict
    StandardOutput=tty
    TTYPath=/dev/ttyS0

    [Install]
    WantedBy=multi-user.target

    """

  /// Prints one line; `Verdict` reads it.
  private static let verdictScript = """
    #!/bin/sh
    # One line of facts about how this system was booted.
    source=$(findmnt -n -o SOURCE /)
    below() { lsblk --inverse --noheadings --raw --paths --output NAME,TYPE "$source" | sed -n "s/ $1\\$//p"; }
    root=$(below part)
    disk=$(basename "$(below disk)")
    word() { [ -r "$1" ] && tr -s ' ' '_' < "$1" | sed 's/^_*//; s/_*$//'; }
    vendor=$(word "/sys/block/$disk/device/vendor")
    model=$(word "/sys/block/$disk/device/model")
    # Only dracut's image runs systemd, which then tells when it started there.
    case $(systemctl show --property InitRDTimestampMonotonic --value) in
      0 | '') initramfs=initramfs-tools ;;
      *) initramfs=dracut ;;
    esac
    state=$(dumpe2fs -h "$source" 2>/dev/null | sed -n 's/^Filesystem state: *//p' | tr ' ' '_')
    # Four bytes of attributes come first.
    secure=$(od -An -t u1 -j 4 -N 1 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null | tr -d ' ')
    marks=$(ls /var/lib/lab | grep -v README | tr '\\n' ',')
    echo
    # systemd-boot names the initrd with backslashes, which `echo` takes for its own.
    printf '%s %s\\n' "lab-verdict root=$root vendor=$vendor model=$model initramfs=$initramfs" \\
      "state=$state secure=$secure marks=$marks cmdline=$(cat /proc/cmdline) lab-verdict-end"

    """

  private static let shellUnit = """
    [Service]
    ExecStart=
    ExecStart=-/sbin/agetty --autologin root --noissue --keep-baud 115200 - dumb

    """

  private static let shellProfile = """
    if [ "$(tty)" = /dev/ttyS0 ]; then
      stty -echo
      PS1='lab-shell# '
    fi

    """
}
