import Linux
import SystemPackage

/// Builds a payload from the recipe: kernel, `initrd.img`, `modules.img` and `manifest.json`.
public struct PayloadBuilder: Sendable {
  /// Where the kernel and its modules come from.
  public enum Kernel: Hashable, Sendable {
    /// The distribution's package, fetched by apt and not installed.
    case package
    /// The kernel that the host runs.
    case host
    /// A kernel image whose modules are installed on the host.
    case file(FilePath)
  }

  /// What was built: the sizes for people, and what differs from the recipe.
  public struct Report: Sendable {
    public var manifest: Manifest
    /// Number of modules in `modules.img`.
    public var moduleCount: Int
    /// Bytes that each segment takes in memory, by file name.
    public var unpackedSizes: [String: Int]
  }

  /// The static `ramdiskd`.
  public var ramdiskd: FilePath
  /// The recipe's directory.
  public var recipe: FilePath
  /// Where fetched packages are kept for the next build.
  public var cache: FilePath
  public var kernel: Kernel
  /// Suite to take packages from; nil: the recipe's, else the host's own.
  public var suite: String?
  /// Told what is going on, one line at a time.
  public var progress: @Sendable (String) -> Void

  public init(
    ramdiskd: FilePath, recipe: FilePath, cache: FilePath, kernel: Kernel = .package, suite: String? = nil,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.ramdiskd = ramdiskd
    self.recipe = recipe
    self.cache = cache
    self.kernel = kernel
    self.suite = suite
    self.progress = progress
  }

  /// Builds into `output`, which is made if needed. The manifest is written last: a directory with a manifest is whole.
  ///
  /// - Throws: `PayloadError`, `SystemError`, `ArchiveError`.
  public func build(output: FilePath) async throws -> Report {
    let list = try Recipe(directory: recipe)
    for tool in ["zstd", "xz", "depmod", "modinfo"] {
      guard await Tool.exists(tool) else { throw PayloadError.toolMissing(tool) }
    }
    try Files.makeDirectory(cache)
    return try await Files.withTemporaryDirectory(in: cache) { work in
      // A kernel of the host is looked at first: its absence should not cost a download.
      let own = kernel == .package ? nil : try hostKernel()
      var packages = try await PackageSet.fetch(
        list, wantsKernel: kernel == .package, suite: suite, cache: cache, work: work, progress: progress)
      let image: KernelImage
      let root: FilePath
      if let own {
        (image, root) = (own, "/")
        packages.firmware.append("/")
      } else {
        (image, root) = try await packagedKernel(packages)
      }
      progress("kernel \(image.release)")
      let tree = try ModuleTree(release: image.release, root: root)
      return try await assemble(
        list, image: image, tree: tree, packages: packages, work: work.appending("modules"), output: output)
    }
  }

  /// Makes the segments of what was gathered and writes them, the manifest last.
  func assemble(
    _ list: Recipe, image: KernelImage, tree: ModuleTree, packages: PackageSet, work: FilePath,
    output: FilePath
  ) async throws -> Report {
    let modules = try await ModulesSegment(
      tree: tree, wanted: list.modules, firmware: packages.firmware, work: work)
    let runtime = try RuntimeSegment(
      ramdiskd: ramdiskd, members: list.members, packages: packages.files, recipe: recipe)
    var modulesArchive = modules.archive
    for (name, root) in packages.licensed {
      for entry in try RuntimeSegment.copyright(of: name, in: root) { try modulesArchive.add(entry) }
    }

    progress("packing \(modules.moduleCount) modules")
    var unpackedSizes: [String: Int] = [:]
    var contents = [("vmlinuz", image.bytes)]
    for (name, archive) in [("initrd.img", runtime.archive), ("modules.img", modulesArchive)] {
      let segment = try archive.encoded()
      unpackedSizes[name] = segment.count
      contents.append((name, try await Compression.compress(segment)))
    }
    let manifest = Manifest(
      productVersion: Product.version, kernelVersion: image.release,
      files: try contents.map { try Manifest.File(describing: $0.1, name: $0.0) },
      packages: packages.records.sorted { $0.name < $1.name }, notes: packages.notes + modules.notes)
    try Files.makeDirectory(output)
    try Files.removeTree(output.appending(Manifest.fileName))
    for (name, bytes) in contents {
      try Files.replace(output.appending(name), permissions: 0o644, with: bytes)
    }
    // With it a payload can be given another kernel later.
    try Files.replace(
      output.appending(HostKernelPayload.moduleList), permissions: 0o644,
      with: Array(list.moduleList.utf8))
    try Files.replace(output.appending(Manifest.fileName), permissions: 0o644, with: manifest.encoded())
    return Report(manifest: manifest, moduleCount: modules.moduleCount, unpackedSizes: unpackedSizes)
  }

  /// The kernel of the unpacked packages, and the root below which its modules are.
  private func packagedKernel(_ packages: PackageSet) async throws -> (KernelImage, FilePath) {
    guard let root = packages.kernelRoot else {
      throw PayloadError.unavailable("packages.list names no kernel")
    }
    let boot = root.appending("boot")
    guard Files.exists(boot),
      let name = try directoryEntries(boot.string).first(where: { $0.hasPrefix("vmlinuz-") })
    else { throw PayloadError.unavailable("the kernel's packages hold no boot/vmlinuz-*") }
    let image = try KernelImage(contentsOf: boot.appending(name))
    try await ModuleTree.makeIndex(release: image.release, root: root)
    return (image, root)
  }

  /// The kernel that `kernel` names, whose modules are installed.
  private func hostKernel() throws -> KernelImage {
    if case .file(let path) = kernel { return try KernelImage(contentsOf: path) }
    let release = try kernelRelease()
    let candidates = ["/boot/vmlinuz-\(release)", "/usr/lib/modules/\(release)/vmlinuz"].map { FilePath($0) }
    guard let path = candidates.first(where: Files.exists) else {
      throw PayloadError.unavailable(
        "the image of the running kernel is at neither \(candidates[0]) nor \(candidates[1]); "
          + "name it with --kernel PATH, or use --kernel package")
    }
    return try KernelImage(contentsOf: path)
  }
}
