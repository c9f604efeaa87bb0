/// The boot menu entries, as text for `custom.cfg`.
struct GRUBEntry: Hashable, Sendable {
  /// UUID of the boot file system.
  var uuid: String
  /// Its type, for the module that reads it.
  var fileSystemType: String
  /// The payload's directory as seen from the top of that file system.
  var directory: String
  /// Parameters of the ramdisk's kernel.
  var parameters: [String]
  /// Whether there is an earlier payload to fall back to.
  var hasPrevious: Bool

  var text: String {
    entry("iSCSI Target Ramdisk", InstalledPaths.entry, directory)
      + (hasPrevious
        ? entry(
          "iSCSI Target Ramdisk (previous version)", InstalledPaths.previousEntry, directory + "/previous")
        : "")
  }

  private func entry(_ title: String, _ id: String, _ payload: String) -> String {
    let initrds = InstalledPaths.segments.map { name in
      (name == "site.img" ? directory : payload) + "/" + name
    }
    return """
      menuentry '\(title)' --id \(id) --class iscsi-target-ramdisk --unrestricted {
        insmod part_gpt
        insmod part_msdos
        insmod \(module)
        search --no-floppy --fs-uuid --set=root \(uuid)
        linux \(GRUBEntry.quoted(payload + "/" + InstalledPaths.kernel))\(parameters.map { " " + GRUBEntry.quoted($0) }.joined())
        initrd \(initrds.map(GRUBEntry.quoted).joined(separator: " "))
      }

      """
  }

  private var module: String {
    switch fileSystemType {
    case "ext2", "ext3", "ext4": "ext2"
    case "vfat": "fat"
    default: fileSystemType
    }
  }

  /// Quoted for GRUB's shell where need be.
  static func quoted(_ text: String) -> String {
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-=:,+@".contains($0)) }
    return isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
  }

  /// What the ramdisk's kernel is told: the consoles that this machine uses, and to restart should it ever crash.
  static func parameters(commandLine: String) -> [String] {
    KernelCommandLine(commandLine).parameters.filter { $0.hasPrefix("console=") || $0.hasPrefix("nomodeset") }
      + ["quiet", "panic=30"]
  }
}
