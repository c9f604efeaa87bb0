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
    let roots = packages.merging([Recipe.ownFiles: recipe]) { _, recipe in recipe }
    var archive = Archive()
    try archive.add(.file("init", permissions: 0o755, Self.staticProgram(ramdiskd)))
    for member in members {
      let content: ArchiveEntry.Content =
        switch member.source {
        case .directory: .directory
        case .link(let target): .symbolicLink(target: target)
        case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
        case .file(let package, let paths): .file(try Self.file(paths, of: package, in: roots))
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
    let file = root.pushing(FilePath(path))
    return Files.exists(file) ? [.file(path, try Files.read(file))] : []
  }

  private static func file(_ paths: [String], of package: String, in packages: [String: FilePath]) throws
    -> [UInt8]
  {
    guard let root = packages[package] else {
      throw PayloadError.unusable("files.list takes files from \(package), which packages.list does not name")
    }
    // `pushing` of an absolute path would leave the root.
    let candidates = paths.map { root.pushing(FilePath(String($0.drop { $0 == "/" }))) }
    guard let path = candidates.first(where: Files.exists) else {
      throw PayloadError.unusable("\(package) has no \(paths.joined(separator: " nor "))")
    }
    return try Files.read(path)
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
