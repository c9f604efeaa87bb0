import Linux
import SystemPackage

/// What is inside a payload, for people.
public enum Inspection {
  /// The manifest of a payload directory after its files were verified; nil where `path` is no directory.
  ///
  /// - Throws: `ManifestError`.
  public static func manifest(of path: FilePath) throws -> Manifest? {
    guard Files.exists(path.appending(".")) else { return nil }
    let manifest = try Manifest.read(directory: path)
    try manifest.verify(directory: path)
    return manifest
  }

  /// One line for each member of a segment, compressed or not, or one line about a kernel.
  public static func lines(of path: FilePath) async throws -> [String] {
    let bytes = try Files.read(path)
    if let kernel = try? KernelImage(bytes, path: path.string) { return ["Linux kernel \(kernel.release)"] }
    return try NewcReader.read(try await Compression.decompress(segment: bytes)).entries.map(line)
  }

  private static func line(_ entry: ArchiveEntry) -> String {
    let permissions = String(entry.permissions, radix: 8)
    let mode = String(repeating: "0", count: max(0, 4 - permissions.count)) + permissions
    return switch entry.content {
    case .directory: "\(mode)  \(entry.path)/"
    case .file(let bytes): "\(mode)  \(entry.path)  \(bytes.count)"
    case .symbolicLink(let target): "link  \(entry.path) -> \(target)"
    case .characterDevice(let major, let minor): "\(mode)  \(entry.path)  character device \(major):\(minor)"
    }
  }
}
