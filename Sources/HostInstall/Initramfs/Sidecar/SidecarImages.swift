import BootMenu

/// Where the second images are, and how one is built.
enum SidecarImages {
  static let directory = InstalledPaths.payloadDirectory
  static let index = directory + "/" + Files.name(SidecarIndex.path)

  /// Of the kernel with a version.
  static func path(_ version: String) -> String { directory + "/sidecar-\(version).img" }

  /// The same, as the index has it: from the boot directory.
  static func indexPath(_ version: String) -> String {
    Files.name(directory) + "/" + Files.name(path(version))
  }

  /// dracut, told everything on its command line: the system's own images, should dracut make them, stay as they are.
  static func build(_ version: String, as file: String, _ stack: RootStack, _ names: DistroProfile.Initramfs)
    -> Command
  {
    let items = names.installItems
    let modules = ["iscsi"] + stack.dracutModules + (names.modules ?? [])
    return Command(
      ["dracut", "--force", "--kver", version, "--no-hostonly", "--no-hostonly-cmdline", "--add"]
        + [modules.joined(separator: " ")]
        + (items.isEmpty ? [] : ["--install-optional", items.joined(separator: " ")]) + [file])
  }
}
