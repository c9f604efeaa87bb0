import BootMenu

/// Finds the installed kernels: those whose modules and whose image are there.
struct KernelProbe {
  let root: HostRoot
  let names: DistroProfile.Kernels

  /// The newest last.
  func kernels() throws -> [KernelFacts] {
    let layouts =
      [DistroProfile.Kernels.Layout(image: names.image, initramfs: names.initramfs)] + (names.others ?? [])
    let versions = try Files.list(root.resolve(Files.parent(names.modules))).filter { version in
      Files.isDirectory(root.resolve(names.modules.replacing("{kernel}", with: version)))
    }
    return try versions.sorted { VersionOrder.precedes($0, $1) }.compactMap { version in
      for layout in layouts {
        for directory in try directories(filled(Files.parent(layout.image), version)) {
          let image = directory + "/" + filled(Files.name(layout.image), version)
          guard Files.exists(root.resolve(image)) else { continue }
          let initramfs =
            Files.parent(layout.initramfs) == Files.parent(layout.image)
            ? directory + "/" + filled(Files.name(layout.initramfs), version)
            : filled(layout.initramfs, version)
          return KernelFacts(version: version, image: image, initramfs: initramfs)
        }
      }
      return nil
    }
  }

  private func filled(_ pattern: String, _ version: String) -> String {
    var path = pattern.replacing("{kernel}", with: version)
    if path.contains("{name}"), let file = names.nameFile {
      let name = Files.text(root.resolve(file.replacing("{kernel}", with: version)))?
        .split(whereSeparator: \.isWhitespace).first
      path = path.replacing("{name}", with: name.map(String.init) ?? "")
    }
    // Alpine: 6.6.32-0-lts is of the flavour lts.
    path = path.replacing("{flavor}", with: version.split(separator: "-").last.map(String.init) ?? "")
    return path.contains("{machine}") ? path.replacing("{machine}", with: machine ?? "") : path
  }

  /// As kernel-install(8) names directories.
  private var machine: String? {
    ["/etc/kernel/entry-token", "/etc/machine-id"].lazy
      .compactMap {
        Files.text(root.resolve($0))?.split(whereSeparator: \.isWhitespace).first.map(String.init)
      }.first
  }

  /// The directories that a path means in which `*` stands for one name, sorted.
  private func directories(_ pattern: String) throws -> [String] {
    guard let star = pattern.firstRange(of: "/*") else { return [pattern] }
    let parent = String(pattern[..<star.lowerBound])
    return try Files.list(root.resolve(parent)).map { "\(parent)/\($0)\(pattern[star.upperBound...])" }
  }
}
