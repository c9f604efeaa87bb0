@testable import HostInstall

/// What the shell version leaves on a host, in words of our own: its marks, and secrets that must not get anywhere.
enum ShellVersion {
  static let password = "password1234"
  static let unit = "/etc/systemd/system/bootnet-nm-unmanaged.service"
  static let unitLink = "/etc/systemd/system/multi-user.target.wants/bootnet-nm-unmanaged.service"

  static func script(_ name: String = "iscsi-target-ramdisk") -> String { "/etc/grub.d/42_\(name)" }
  static func dracut(_ name: String = "iscsi-target-ramdisk") -> String {
    "/etc/dracut.conf.d/90-\(name).conf"
  }

  /// Installed as on the system that it is: by a loader entry where there is a directory for them, else by a script.
  static func install(in system: FakeSystem, name: String = "iscsi-target-ramdisk") throws {
    if system.loader == .bls {
      try system.write(
        "/boot/loader/entries/\(name).conf",
        "title X\nlinux /\(name)-kernel.bin\ninitrd /\(name)-initrd.img\n")
    } else {
      try system.write(script(name), "#!/bin/sh\ncat <<'EOF'\n\(entry(name))EOF\n", mode: 0o755)
      let menu = "/boot/grub/grub.cfg"
      try system.write(
        menu, (system.text(menu) ?? "") + section(of: script(name), name),
        mode: FileImage(of: system.path(menu)).mode)
    }
    try system.write(dracut(name), "add_dracutmodules+=\" iscsi \"\nhostonly=\"no\"\n")
    try system.write(unit, "[Service]\nExecStart=/usr/bin/nmcli device set bootnet managed no\n")
    try system.write(unitLink, "")
    try AtomicFile.link(unit, at: system.path(unitLink), owner: 0, group: 0)
    try system.write("/boot/\(name)-kernel.bin", "OpenWrt's kernel", mode: 0o755)
    try system.write("/boot/\(name)-initrd.img", "option password '\(password)'", mode: 0o600)
    try system.write("/usr/local/sbin/uninstall-\(name).sh", "#!/bin/sh\nrm /boot/\(name)-*\n", mode: 0o755)
  }

  /// What it prints for GRUB's configuration, as `grub-mkconfig` frames it.
  static func section(of script: String, _ name: String = "iscsi-target-ramdisk") -> String {
    "### BEGIN \(script) ###\n\(entry(name))### END \(script) ###\n"
  }

  private static func entry(_ name: String) -> String {
    "menuentry 'iSCSI Target Ramdisk' {\n  linux /\(name)-kernel.bin consoleblank=600\n  initrd /\(name)-initrd.img\n}\n"
  }
}
