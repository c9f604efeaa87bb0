import BootMenu

/// systemd-boot reads FAT only, so kernel-install copies kernels and images to the partition of their entries. Who makes an
/// image anew has to renew its copy: the machine would start with the old one.
struct SystemdBootCopies {
  /// A file that an entry loads.
  private struct Image {
    var version: String
    var path: String
  }

  private let images: [Image]
  private let root: HostRoot

  /// Reads the entries of the system; those of another one that shares the partition say its machine ID.
  init(_ facts: SystemdBootFacts, _ root: HostRoot) {
    self.root = root
    let machine = Files.text(root.resolve("/etc/machine-id"))?.split(whereSeparator: \.isWhitespace).first
    let points = Set([facts.systemPartition.mountPoint, facts.entryPartition.mountPoint]).sorted()
    images = points.flatMap { point in
      SystemdBootOrder.files(in: point, root).compactMap { file in
        guard let entry = LoaderEntry(fileName: file.name, text: file.text, variables: [:]),
          machine == nil || entry["machine-id"] == nil || machine == entry["machine-id"]?[...],
          let version = entry["version"],
          let path = entry["initrd"], path.hasPrefix("/"),
          !path.split(separator: "/").contains(".."), Files.exists(root.resolve(point + path))
        else { return nil }
        return Image(version: version, path: point + path)
      }
    }
  }

  /// Those of a kernel's image: kernel-install leaves it its name. One with another content is none: it is another
  /// system's, or somebody put it aside.
  func paths(of kernel: KernelFacts) -> [String] {
    let candidates = Set(
      images.filter {
        $0.version == kernel.version && $0.path != kernel.initramfs
          && Files.name($0.path) == Files.name(kernel.initramfs)
      }.map(\.path))
    guard !candidates.isEmpty, let own = try? FileImage(of: root.resolve(kernel.initramfs)) else { return [] }
    return candidates.filter { (try? FileImage(of: root.resolve($0)))?.hasContent(of: own) == true }.sorted()
  }
}
