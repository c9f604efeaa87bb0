import Linux
import SystemPackage

/// `modules.img`: the modules of one kernel that the recipe asks for, what they need, and their firmware.
struct ModulesSegment {
  let archive: Archive
  /// How many modules are in it.
  let moduleCount: Int
  /// What the recipe asks for and this kernel has not, firmware that could not be had.
  let notes: [String]

  /// Text indexes that busybox's modprobe and the runtime read; depmod's binary ones would only take memory.
  private static let indexes = [
    "modules.alias", "modules.builtin", "modules.dep", "modules.devname", "modules.softdep",
  ]

  /// - Parameters:
  ///   - tree: the kernel's modules, perhaps compressed.
  ///   - wanted: the recipe's list.
  ///   - firmware: roots of unpacked firmware packages.
  ///   - work: an empty directory to work in.
  /// - Throws: `PayloadError.unusable` where the kernel lacks a module that the recipe calls required.
  init(tree: ModuleTree, wanted: [Recipe.Module], firmware: [FilePath], work: FilePath) async throws {
    let closure = tree.index.closure(of: wanted.map(\.name))
    let missing = Set(closure.missing)
    let required = wanted.filter { $0.isRequired && missing.contains(ModuleIndex.canonical($0.name)) }
    guard required.isEmpty else {
      throw PayloadError.unusable(
        "the kernel \(tree.release) lacks \(required.map(\.name).joined(separator: ", ")), without which the ramdisk "
          + "cannot work; choose another one with --kernel")
    }

    // depmod runs on the copy, so that the indexes name these modules, uncompressed, and no others.
    let staged = work.appending("lib/modules").appending(tree.release)
    try Files.makeDirectory(staged)
    for path in closure.paths {
      let content = try await Compression.decompress(Files.read(tree.directory.pushing(FilePath(path))))
      let target = staged.pushing(FilePath(Self.uncompressedName(path)))
      try Files.makeDirectory(target.removingLastComponent())
      try writeFile(target.string, content)
    }
    for name in ["modules.builtin", "modules.builtin.modinfo", "modules.order"] {
      let source = tree.directory.appending(name)
      if Files.exists(source) { try writeFile(staged.appending(name).string, Files.read(source)) }
    }
    try await ModuleTree.makeIndex(release: tree.release, root: work)

    var archive = Archive()
    let prefix = "lib/modules/\(tree.release)/"
    let modules = closure.paths.map(Self.uncompressedName)
    for path in modules {
      try archive.add(.file(prefix + path, Files.read(staged.pushing(FilePath(path)))))
    }
    for name in Self.indexes where Files.exists(staged.appending(name)) {
      try archive.add(.file(prefix + name, Files.read(staged.appending(name))))
    }

    let names = try await Firmware.names(wantedBy: modules.map { staged.pushing(FilePath($0)) })
    let found = try await Firmware.find(names, in: firmware)
    for entry in found { try archive.add(entry) }

    var notes: [String] = []
    if !closure.missing.isEmpty {
      notes.append("modules that this kernel has not: \(closure.missing.sorted().joined(separator: " "))")
    }
    if found.count < names.count {
      notes.append(
        "firmware: \(found.count) of the \(names.count) files that modules may ask for"
          + (firmware.isEmpty ? "; no package with firmware is in reach of apt" : ""))
    }
    self.archive = archive
    self.notes = notes
    moduleCount = modules.count
  }

  /// `kernel/fs/ext4/ext4.ko` for `kernel/fs/ext4/ext4.ko.xz`.
  private static func uncompressedName(_ path: String) -> String {
    for suffix in [".xz", ".zst", ".gz"] where path.hasSuffix(".ko" + suffix) {
      return String(path.dropLast(suffix.count))
    }
    return path
  }
}
