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

    let names = closure.paths.map { Self.name($0, compressedSuffix: tree.compressedSuffix) }
    // depmod runs on the copy, so that the indexes name these files and no others.
    let staged = work.appending("lib/modules").appending(tree.release)
    for (path, name) in zip(closure.paths, names) {
      var content = try Files.read(tree.directory.pushing(FilePath(path)))
      if name != path { content = try await Compression.decompress(content) }
      let target = staged.pushing(FilePath(name))
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
    for path in names {
      try archive.add(.file(prefix + path, Files.read(staged.pushing(FilePath(path)))))
    }
    for name in Self.indexes where Files.exists(staged.appending(name)) {
      try archive.add(.file(prefix + name, Files.read(staged.appending(name))))
    }

    let wantedFirmware = try await Firmware.names(wantedBy: names.map { staged.pushing(FilePath($0)) })
    let found = try await Firmware.find(wantedFirmware, in: firmware)
    for entry in found { try archive.add(entry) }

    var notes: [String] = []
    if !closure.missing.isEmpty {
      notes.append("modules that this kernel has not: \(closure.missing.sorted().joined(separator: " "))")
    }
    if found.count < wantedFirmware.count {
      notes.append(
        "firmware: \(found.count) of the \(wantedFirmware.count) files that modules may ask for"
          + (firmware.isEmpty ? "; no package with firmware is in reach of apt" : ""))
    }
    self.archive = archive
    self.notes = notes
    moduleCount = names.count
  }

  /// `kernel/fs/ext4/ext4.ko` for `kernel/fs/ext4/ext4.ko.xz`, unless the kernel takes it as it is.
  private static func name(_ path: String, compressedSuffix: String?) -> String {
    for suffix in [".xz", ".zst", ".gz"] where suffix != compressedSuffix && path.hasSuffix(".ko" + suffix) {
      return String(path.dropLast(suffix.count))
    }
    return path
  }
}
