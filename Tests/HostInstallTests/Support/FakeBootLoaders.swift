@testable import HostInstall

/// What makes a fake system boot by one loader or another.
enum FakeBootLoaders {
  /// A GRUB that reads no `custom.cfg`.
  static let generatedConfiguration = """
    ### BEGIN /etc/grub.d/00_header ###
    if [ "${next_entry}" ] ; then set default="${next_entry}" ; fi
    ### END /etc/grub.d/00_header ###
    menuentry 'Debian' --class debian {
      linux /boot/vmlinuz-6.1.0-10-amd64 root=/dev/sda1 ro console=ttyS0 quiet
      initrd /boot/initrd.img-6.1.0-10-amd64
    }

    """

  static let blsConfiguration = """
    if [ "${next_entry}" ] ; then set default="${next_entry}" ; fi
    insmod blscfg
    blscfg

    """

  static let machineID = "5f2e1d0c9b8a47665544332211009988"

  /// Of the newest kernel's initramfs, which systemd-boot starts.
  static let copy = "/boot/efi/\(machineID)/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64"

  static func make(in system: FakeSystem) throws {
    switch system.loader {
    case .grub: break
    case .grubScript:
      try system.write("/boot/grub/grub.cfg", generatedConfiguration, mode: 0o600)
      try system.write("/etc/grub.d/10_linux", "#!/bin/sh\n", mode: 0o755)
    case .bls:
      try system.write("/boot/grub/grub.cfg", blsConfiguration)
      try system.write(
        "/boot/loader/entries/\(machineID)-6.1.0-10-amd64.conf",
        "title Fedora Linux\nversion 6.1.0-10-amd64\nlinux /boot/vmlinuz-6.1.0-10-amd64\noptions root=/dev/sda1 ro\n"
      )
    case .systemdBoot:
      try removeGRUB(from: system)
      try system.write("/boot/efi/EFI/systemd/systemd-bootx64.efi", "MZ")
      try system.write("/boot/efi/EFI/BOOT/BOOTX64.EFI", "MZ #### LoaderInfo: systemd-boot 252.39 ####")
      try system.write("/boot/efi/loader/loader.conf", "timeout 3\n#console-mode keep\n")
      try system.write(
        "/boot/efi/loader/entries/\(machineID)-6.1.0-10-amd64.conf",
        """
        title      Debian GNU/Linux 12 (bookworm)
        version    6.1.0-10-amd64
        machine-id \(machineID)
        sort-key   debian
        options    root=UUID=1 ro
        linux      /\(machineID)/6.1.0-10-amd64/linux
        initrd     /\(machineID)/6.1.0-10-amd64/initrd.img-6.1.0-10-amd64

        """)
      // As kernel-install copies them.
      try system.write("/boot/efi/\(machineID)/6.1.0-10-amd64/linux", "kernel")
      try system.write(copy, "initramfs-tools image of 6.1.0-10-amd64")
    case .efi:
      try removeGRUB(from: system)
      try system.write("/boot/efi/EFI/Limine/BOOTX64.EFI", "MZ")
      try system.write("/boot/efi/limine.conf", "timeout: 3\n")
    }
  }

  /// As Debian 13's hook, /etc/initramfs/post-update.d/systemd-boot, has kernel-install do it.
  static func start(_ image: String, in system: FakeSystem) throws {
    if AtomicFile.isTemporary(image) {
      try system.write("/boot/efi/\(machineID)/6.1.0-10-amd64/\(Files.name(image))", system.text(image) ?? "")
    }
    let entry = "/boot/efi/loader/entries/\(machineID)-6.1.0-10-amd64.conf"
    let lines = (system.text(entry) ?? "").split(separator: "\n").filter { !$0.hasPrefix("initrd") }
    let initrd = "initrd     /\(machineID)/6.1.0-10-amd64/\(Files.name(image))"
    try system.write(entry, (lines + [initrd[...]]).map { $0 + "\n" }.joined())
  }

  private static func removeGRUB(from system: FakeSystem) throws {
    for name in ["grub.cfg", "custom.cfg"] { try system.remove("/boot/grub/\(name)") }
  }
}
