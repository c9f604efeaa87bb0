import Cryptography
import Linux
import SystemPackage

extension Manifest {
  /// Reads `manifest.json` of a payload directory.
  ///
  /// - Throws: `ManifestError`.
  public static func read(directory: FilePath) throws(ManifestError) -> Manifest {
    let path = directory.appending(fileName)
    let json: [UInt8]
    do {
      json = try Files.read(path)
    } catch {
      throw .unreadable(path: path.string, reason: error.description)
    }
    return try Manifest(json: json, from: path.string)
  }

  /// Compares every file of the payload in `directory` with this manifest; other files there are not looked at.
  ///
  /// - Throws: `ManifestError.mismatch` with everything that is wrong.
  public func verify(directory: FilePath) throws(ManifestError) {
    var problems: [String] = []
    for file in files {
      do {
        guard FilePath(file.name).components.count == 1, !file.name.contains("/"), file.name != ".." else {
          throw ArchiveError.invalidPath(file.name)
        }
        let content = try Files.read(directory.appending(file.name))
        let found = try File(describing: content, name: file.name)
        if found.size != file.size {
          problems.append("\(file.name) has \(found.size) bytes instead of \(file.size)")
        } else if found.sha256 != file.sha256 {
          problems.append("\(file.name) has been changed: its SHA-256 is \(found.sha256), not \(file.sha256)")
        }
      } catch {
        problems.append("\(error)")
      }
    }
    guard problems.isEmpty else { throw .mismatch(directory: directory.string, problems: problems) }
  }
}

extension Manifest.File {
  /// The entry for a file called `name` with this content.
  public init(describing content: [UInt8], name: String) throws(CryptographyError) {
    var digest = try Digest(.sha256)
    content.withUnsafeBytes { digest.update($0) }
    self.init(name: name, size: content.count, sha256: digest.finish().hexadecimal)
  }
}

/// Why a payload cannot be used.
public enum ManifestError: Error, Hashable, Sendable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case unsupportedFormat(path: String, version: Int)
  case mismatch(directory: String, problems: [String])

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path) is not the manifest of a payload (\(reason)); build one with 'ramdisk-payload build'"
    case .unsupportedFormat(let path, let version):
      "\(path) has format version \(version), this program reads \(Manifest.formatVersion): "
        + "take payload and program from the same release"
    case .mismatch(let directory, let problems):
      "the payload in \(directory) is damaged: \(problems.joined(separator: "; ")). "
        + "Build it again with 'ramdisk-payload build'"
    }
  }
}
