import SystemPackage

/// A payload with a kernel of the system in place of its own: under Secure Boot only a kernel starts that the
/// distribution signed, and it loads only the modules that were built with it.
public struct HostKernelPayload: Sendable {
  /// The payload that everything else is taken from.
  public var base: FilePath
  /// The kernel's image.
  public var kernel: FilePath
  /// The system whose modules and firmware are used.
  public var root: FilePath

  /// The list of the modules that go into `modules.img`, as it lies beside a payload.
  public static let moduleList = "modules.list"

  public init(base: FilePath, kernel: FilePath, root: FilePath) {
    self.base = base
    self.kernel = kernel
    self.root = root
  }

  /// Makes the payload in a directory that exists as long as `body` runs.
  ///
  /// - Throws: `PayloadError`, `ManifestError`, `SystemError`, `ArchiveError`, and what `body` throws.
  public func build<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (FilePath, Manifest) async throws -> Result
  ) async throws -> Result {
    let present = try Manifest.read(directory: base)
    try present.verify(directory: base)
    let list = base.appending(Self.moduleList)
    // What any PC may need is required of our own kernel; this one has what its machine needs, as it runs there.
    let wanted = try Recipe.modules(RecipeLines(text: Files.text(list), file: list.string))
      .map { Recipe.Module(name: $0.name, isRequired: false) }
    let image = try KernelImage(contentsOf: kernel)
    let tree = try ModuleTree(release: image.release, root: root)
    return try await Files.withTemporaryDirectory(in: "/var/tmp") { work in
      let modules = try await ModulesSegment(
        tree: tree, wanted: wanted, firmware: [root], work: work.appending("modules"))
      let contents = [
        ("vmlinuz", image.bytes), ("initrd.img", try Files.read(base.appending("initrd.img"))),
        ("modules.img", try await Compression.compress(modules.archive.encoded())),
      ]
      let manifest = Manifest(
        productVersion: present.productVersion, kernelVersion: image.release,
        files: try contents.map { try Manifest.File(describing: $0.1, name: $0.0) },
        packages: present.packages, notes: modules.notes)
      let output = work.appending("payload")
      try Files.makeDirectory(output)
      for (name, bytes) in contents {
        try Files.replace(output.appending(name), permissions: 0o644, with: bytes)
      }
      try Files.replace(
        output.appending(Manifest.fileName), permissions: 0o644, with: manifest.encoded())
      return try await body(output, manifest)
    }
  }
}
