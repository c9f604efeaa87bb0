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
      search: for root in roots {
        for directory in ["usr/lib/firmware/", "lib/firmware/"] {
          for suffix in ["", ".xz", ".zst"] {
            guard let content = try Files.read(directory + name + suffix, within: root) else { continue }
            entries.append(.file("lib/firmware/" + name, try await Compression.decompress(content)))
            break search
          }
        }
      }
    }
    return entries
  }
}
