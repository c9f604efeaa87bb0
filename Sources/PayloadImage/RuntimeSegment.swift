import Linux
import SystemPackage

/// `initrd.img`: the runtime as `/init`, the emergency shell, the boot loaders for clients, licences.
struct RuntimeSegment {
  let archive: Archive

  /// - Parameters:
  ///   - ramdiskd: the static program that becomes `/init`.
  ///   - members: the recipe's list.
  ///   - packages: roots of the unpacked packages by name.
  /// - Throws: `PayloadError` for a program that is not static and for a file that its package does not have.
  init(ramdiskd: FilePath, members: [Recipe.Member], packages: [String: FilePath]) throws {
    var archive = Archive()
    try archive.add(.file("init", permissions: 0o755, Self.staticProgram(ramdiskd)))
    for member in members {
      let content: ArchiveEntry.Content =
        switch member.source {
        case .directory: .directory
        case .link(let target): .symbolicLink(target: target)
        case .characterDevice(let major, let minor): .characterDevice(major: major, minor: minor)
        case .file(let package, let paths): .file(try Self.file(paths, of: package, in: packages))
        }
      try archive.add(ArchiveEntry(path: member.path, permissions: member.permissions, content: content))
    }
    for (name, root) in packages {
      try archive.add(Self.copyright(of: name, in: root))
    }
    self.archive = archive
  }

  /// The licence of a package, which Debian keeps at one place.
  static func copyright(of package: String, in root: FilePath) throws -> ArchiveEntry {
    let path = "usr/share/doc/\(package)/copyright"
    return .file(path, try Files.read(root.pushing(FilePath(path))))
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
      throw PayloadError.unusable("the package \(package) has no \(paths.joined(separator: " nor "))")
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

/// As much of an ELF file's header as tells whether the program is static (elf(5)).
struct ELFHeader {
  /// No program header asks for a dynamic loader.
  let isStatic: Bool

  /// nil for anything but a little-endian 64-bit program for x86-64.
  init?(_ bytes: [UInt8]) {
    func number(_ offset: Int, _ length: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - length else { return nil }
      return Int(
        truncatingIfNeeded: (0..<length).reduce(UInt64(0)) {
          $0 | UInt64(bytes[offset + $1]) << (8 * UInt64($1))
        })
    }
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), number(18, 2) == 62,
      let start = number(32, 8), let size = number(54, 2), let count = number(56, 2), start < bytes.count
    else { return nil }
    let interpreter = 3
    isStatic = !(0..<count).contains { number(start + $0 * size, 4) == interpreter }
  }
}
