import SystemPackage

/// Firmware files that modules load into their devices.
enum Firmware {
  /// The names, relative to the firmware directory, that these modules may ask for.
  static func names(wantedBy modules: [FilePath]) async throws -> [String] {
    guard !modules.isEmpty else { return [] }
    let output = try await Tool.run("modinfo", ["-F", "firmware"] + modules.map(\.string)).text
    return Set(output.split(separator: "\n").map(String.init)).sorted()
  }

  /// The files of these names below the roots, uncompressed, as members of the archive.
  static func find(_ names: [String], in roots: [FilePath]) async throws -> [ArchiveEntry] {
    var entries: [ArchiveEntry] = []
    for name in names {
      let candidates = roots.flatMap { root in
        ["usr/lib/firmware", "lib/firmware"].flatMap { directory in
          ["", ".xz", ".zst"].map { root.appending(directory).pushing(FilePath(name + $0)) }
        }
      }
      guard let path = candidates.first(where: Files.exists) else { continue }
      entries.append(.file("lib/firmware/" + name, try await Compression.decompress(Files.read(path))))
    }
    return entries
  }
}
