/// Where things are on the system.
public enum InstalledPaths {
  /// Below the directory that is, or holds, the boot file system.
  public static let payloadDirectory = "/boot/iscsi-target-ramdisk"
  public static let site = "/etc/iscsi-target-ramdisk.json5"
  public static let siteSegment = payloadDirectory + "/site.img"
  public static let previousDirectory = payloadDirectory + "/previous"
  /// Initrd segments in the order in which the kernel unpacks them.
  public static let segments = ["initrd.img", "modules.img", "site.img"]
  public static let kernel = "vmlinuz"
  /// Identifier of the boot menu entry.
  public static let entry = "ramdisk-install"
  public static let previousEntry = "ramdisk-install-previous"
}
