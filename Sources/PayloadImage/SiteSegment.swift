import Linux
import SystemPackage

/// `site.img`: the segment that holds what is particular to one installation, its configuration.
///
/// It is not compressed, so that whoever wants to see what is in it can read it with any cpio.
public enum SiteSegment {
  /// Where the runtime reads the configuration, below the root of the initramfs.
  public static let configurationPath = "etc/iscsi-target-ramdisk.json5"

  /// The segment for the text of a site configuration.
  public static func encoded(config: [UInt8]) throws(ArchiveError) -> [UInt8] {
    try Archive([.file(configurationPath, permissions: 0o600, config)]).encoded()
  }

  /// Writes the segment to `path`, readable by its owner only, by way of a temporary file beside it.
  ///
  /// - Throws: `SystemError`; the file at `path` is then what it was.
  public static func write(config: [UInt8], to path: FilePath) throws {
    try Files.replace(path, permissions: 0o600, with: encoded(config: config))
  }

  /// The text of the configuration inside a segment.
  ///
  /// - Throws: `ArchiveError.malformed` where there is none.
  public static func config(in segment: [UInt8]) throws(ArchiveError) -> [UInt8] {
    for entry in try NewcReader.read(segment).entries where entry.path == configurationPath {
      if case .file(let bytes) = entry.content { return bytes }
    }
    throw .malformed("no \(configurationPath) inside", offset: segment.count)
  }
}
