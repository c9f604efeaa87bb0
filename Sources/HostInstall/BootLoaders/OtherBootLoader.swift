/// A boot loader that this program finds but does not configure.
public struct OtherBootLoader: Codable, Hashable, Sendable {
  /// As people call it.
  public var name: String
  /// Its configuration, where the entry would go.
  public var configuration: String
  /// What the user can do.
  public var instructions: String

  /// Finds such loaders by their configurations, on the EFI system partition and in /boot.
  static func find(root: HostRoot, mountPoints: [String]) -> [OtherBootLoader] {
    var found: [OtherBootLoader] = []
    for kind in kinds {
      let places = kind.paths.flatMap { path in (mountPoints + ["/boot", ""]).map { $0 + path } }
      guard let path = places.first(where: { Files.exists(root.resolve($0)) }) else { continue }
      found.append(
        OtherBootLoader(
          name: kind.name, configuration: path,
          instructions: kind.instructions.replacing("{file}", with: path)))
    }
    return found
  }

  private static let directory = Files.name(InstalledPaths.payloadDirectory)

  private static let kinds: [(name: String, paths: [String], instructions: String)] = [
    (
      "rEFInd", ["/EFI/refind/refind.conf", "/EFI/BOOT/refind.conf"],
      "rEFInd shows boot options of the firmware: mount the EFI system partition and efivarfs and use --bootloader efi, "
        + "with 'firmware_bootnum' or 'showtools bootorder' in {file}"
    ),
    (
      "Limine", ["/limine.conf", "/limine/limine.conf", "/EFI/limine/limine.conf", "/EFI/BOOT/limine.conf"],
      "Limine: mount the EFI system partition and efivarfs and use --bootloader efi; or copy vmlinuz, initrd.img, "
        + "modules.img and site.img to \(directory) on Limine's partition and add to the end of {file}: "
        + "'/iSCSI Target Ramdisk', 'protocol: linux', 'path: boot():/\(directory)/vmlinuz' and one "
        + "'module_path: boot():/\(directory)/FILE' for each of the three images in this order"
    ),
    (
      "U-Boot or extlinux", ["/extlinux/extlinux.conf", "/extlinux.conf", "/syslinux/syslinux.cfg"],
      "extlinux and U-Boot: append to {file}, after the system's own: 'LABEL ramdisk-install', "
        + "'LINUX /\(directory)/vmlinuz' and 'INITRD /\(directory)/initrd.img' (with U-Boot the three images joined into "
        + "one file, in the order initrd.img, modules.img, site.img; with extlinux named with commas between them)"
    ),
  ]
}
