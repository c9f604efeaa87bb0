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

  /// Those of some kernels that have none: there was no room for one, or nobody told us that they came.
  static func missing(_ kernels: [KernelFacts], in root: HostRoot) -> [KernelFacts] {
    let index = (try? Files.read(root.resolve(index))).flatMap { try? SidecarIndex(json: $0) }
    return kernels.filter { kernel in
      guard let image = index?.image(forKernel: kernel.image),
        Files.exists(root.resolve(Files.parent(directory) + "/" + image.initrd))
      else { return true }
      // Several may have one file name: then one of them is the kernel that is there.
      let versions = kernels.filter { $0.image == kernel.image }.map(\.version)
      return image.release.map { !versions.contains($0) } ?? false
    }
  }

  /// dracut, told everything on its command line: the system's own images, should dracut make them, stay as they are.
  static func build(_ version: String, as file: String, _ stack: RootStack, _ names: DistroProfile.Initramfs)
    -> Command
  {
    let items = names.installItems
    let modules = ["iscsi"] + stack.dracutModules + (names.modules ?? [])
    return DracutImage.build(
      version, as: file,
      ["--no-hostonly", "--no-hostonly-cmdline", "--add", modules.joined(separator: " ")]
        + (items.isEmpty ? [] : ["--install-optional", items.joined(separator: " ")]))
  }
}
