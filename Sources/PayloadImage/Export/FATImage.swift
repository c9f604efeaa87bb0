import SystemPackage

/// A FAT file system within a file, made by mtools: no mount, no loop device.
struct FATImage {
  let path: FilePath
  /// Where the file system begins, in bytes.
  var offset = 0

  /// Bytes that a FAT32 file system must have to be one (65525 clusters of a sector, and its tables).
  static let smallestFAT32 = 36 << 20

  /// Makes the file system.
  ///
  /// - Parameters:
  ///   - sectors: its size, in sectors of 512 bytes.
  ///   - label: at most 11 letters and digits.
  func format(sectors: Int, label: String) async throws {
    // One sector a cluster makes it FAT32 from the smallest size on: some firmware reads nothing else on a disk.
    let isLarge = sectors * GRUBEmbedding.sectorSize >= Self.smallestFAT32
    try await run(
      "mformat",
      (isLarge ? ["-F", "-c", "1"] : [])
        + ["-T", "\(sectors)", "-h", "64", "-s", "32", "-H", "\(offset / GRUBEmbedding.sectorSize)"]
        + ["-v", label, "::"])
  }

  /// Copies files and directories, with all that is in them, to the top of the file system.
  func add(_ paths: [FilePath]) async throws {
    try await run("mcopy", ["-s", "-Q"] + paths.map(\.string) + ["::/"])
  }

  private func run(_ program: String, _ arguments: [String]) async throws {
    try await Tool.run(
      program, ["-i", "\(path.string)@@\(offset)"] + arguments, environment: ["MTOOLS_SKIP_CHECK": "1"])
  }
}
