import Linux
import SystemPackage

/// The modules of one kernel as they lie on disk, `lib/modules/RELEASE` with its index files.
struct ModuleTree {
  /// The directory that holds `kernel/`.
  let directory: FilePath
  let release: String
  let index: ModuleIndex
  /// Suffix of modules that this kernel takes compressed; nil: it does not.
  let compressedSuffix: String?

  /// Reads the modules of `release` below `root`; depmod has run there.
  ///
  /// - Throws: `PayloadError.unusable` where there are none.
  init(release: String, root: FilePath) throws {
    let candidates = ["lib/modules", "usr/lib/modules"].map { root.appending($0).appending(release) }
    guard let directory = candidates.first(where: { Files.exists($0.appending("modules.dep")) }) else {
      throw PayloadError.unusable(
        "no modules for the kernel \(release): \(candidates[0])/modules.dep is not there; "
          + "choose a kernel whose modules are installed, or --kernel package")
    }
    self.directory = directory
    self.release = release
    let configuration = [root.appending("boot/config-\(release)"), directory.appending("config")]
      .first { Files.exists($0) }
    compressedSuffix = try configuration.flatMap {
      ModuleCompression.suffix(configuration: try Files.text($0))
    }
    func text(_ name: String) throws -> String {
      let path = directory.appending(name)
      return Files.exists(path) ? try Files.text(path) : ""
    }
    index = ModuleIndex(
      dependencies: try text("modules.dep"), softDependencies: try text("modules.softdep"),
      aliases: try text("modules.alias"), builtin: try text("modules.builtin"))
  }

  /// Makes the index of modules that were unpacked below `root` and not yet installed.
  static func makeIndex(release: String, root: FilePath) async throws {
    let modules = root.appending("lib/modules")
    let merged = root.appending("usr/lib/modules")
    // depmod looks in one place only, which of the two depends on who built it.
    if !Files.exists(modules), Files.exists(merged) {
      try Files.makeDirectory(root.appending("lib"))
      try Files.link(modules, to: "../usr/lib/modules")
    } else if Files.exists(modules), !Files.exists(merged) {
      try Files.makeDirectory(root.appending("usr/lib"))
      try Files.link(merged, to: "../../lib/modules")
    }
    try await Tool.run("depmod", ["-b", root.string, release])
  }
}
