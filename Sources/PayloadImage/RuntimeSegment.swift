import Linux
import SystemPackage

/// `initrd.img`: the runtime as `/init`, the emergency shell, the boot loaders for clients, licences.
struct RuntimeSegment {
  let archive: Archive

  /// - Parameters:
  ///   - ramdiskd: the static program that becomes `/init`.
  ///   - members: the recipe's list.
  ///   - packages: roots of the unpacked packages by name.
  ///   - recipe: directory of the recipe, for files that come with it.
  /// - Throws: `PayloadError` for a program that is not static and for a file that its package does not have.
  init(ramdiskd: FilePath, members: [Recipe.Member], packages: [String: FilePath], recipe: FilePath) throws {
    var archive = Archive()
    try archive.add(.file("init", permissions: 0o755, Self.staticProgram(ramdiskd)))
    for member in members {
      let content: ArchiveEntry.Content =
        switch member.source {
        case .directory: .directory
        case .link(let target): .symbolicLink(target: target)
        case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
        case .file(let package, let paths):
          .file(
            package == Recipe.ownFiles
              ? try Files.read(recipe.pushing(FilePath(paths[0])))
              : try Self.file(paths, of: package, in: packages))
        }
      try archive.add(ArchiveEntry(path: member.path, permissions: member.permissions, content: content))
    }
    for (name, root) in packages {
      for entry in try Self.copyright(of: name, in: root) { try archive.add(entry) }
    }
    self.archive = archive
  }

  /// The licence of a package, which Debian keeps at one place; other distributions keep it elsewhere.
  static func copyright(of package: String, in root: FilePath) throws -> [ArchiveEntry] {
    let path = "usr/share/doc/\(package)/copyright"
    return try Files.read(path, within: root).map { [.file(path, $0)] } ?? []
  }

  private static func file(_ paths: [String], of package: String, in packages: [String: FilePath]) throws
    -> [UInt8]
  {
    guard let root = packages[package] else {
      throw PayloadError.unusable("files.list takes files from \(package), which packages.list does not name")
    }
    for path in paths {
      if let content = try Files.read(path, within: root) { return content }
    }
    throw PayloadError.unusable("\(package) has no \(paths.joined(separator: " nor "))")
  }

  /// Reads a program and checks that it runs where there are no libraries: an x86-64 ELF file without an interpreter.
  private static func staticProgram(_ path: FilePath) throws -> [UInt8] {
    let bytes = try Files.read(path)
    guard let isStatic = ELFHeader(bytes)?.isStatic else {
      throw PayloadError.unusable("\(path) is no program for x86-64")
    }
    guard isStatic else {
      throw PayloadError.unusable(
        "\(path) needs shared libraries, which the ramdisk does not have: build it with -static-executable")
    }
    return bytes
  }
}
