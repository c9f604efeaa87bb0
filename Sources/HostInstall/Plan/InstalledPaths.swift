/// Where things are on the system.
public enum InstalledPaths {
  /// Kernel and segments, unless the boot loader reads another file system: then it is the directory of this name there.
  public static let payloadDirectory = "/boot/iscsi-target-ramdisk"
  public static let site = "/etc/iscsi-target-ramdisk.json5"
  /// Initrd segments in the order in which the kernel unpacks them.
  public static let segments = ["initrd.img", "modules.img", "site.img"]
  public static let kernel = "vmlinuz"
  /// The segment with the site configuration in a payload's directory.
  public static func siteSegment(_ directory: String) -> String { directory + "/site.img" }
  /// Where the payload before the last update is kept.
  public static func previous(_ directory: String) -> String { directory + "/previous" }
  /// Identifier of the boot menu entry.
  public static let entry = "ramdisk-install"
  public static let previousEntry = "ramdisk-install-previous"
}
