import FoundationEssentials

/// `manifest.json`: what a payload is made of, and how to tell that it is complete and unchanged.
public struct Manifest: Codable, Hashable, Sendable {
  /// The version of the format that this program writes and reads.
  public static let formatVersion = 1
  /// Its name within a payload directory.
  public static let fileName = "manifest.json"

  /// One file of the payload.
  public struct File: Codable, Hashable, Sendable {
    /// Name within the payload directory.
    public var name: String
    /// Length in bytes.
    public var size: Int
    /// SHA-256 of the content, lower-case hexadecimal.
    public var sha256: String

    public init(name: String, size: Int, sha256: String) {
      self.name = name
      self.size = size
      self.sha256 = sha256
    }
  }

  /// A package that files were taken from.
  public struct Package: Codable, Hashable, Sendable {
    public var name: String
    public var version: String
    public var architecture: String
    /// SHA-256 of the package's file; empty for one that the host had installed.
    public var sha256: String

    public init(name: String, version: String, architecture: String, sha256: String) {
      self.name = name
      self.version = version
      self.architecture = architecture
      self.sha256 = sha256
    }
  }

  public var formatVersion = Manifest.formatVersion
  /// Version of this product.
  public var productVersion: String
  /// Release of the kernel, as `uname -r` will show it.
  public var kernelVersion: String
  /// The files in the order of a boot entry: kernel, runtime segment, modules segment.
  public var files: [File]
  /// What the files were made from, sorted by name.
  public var packages: [Package]
  /// What differs from the recipe, for people: modules that this kernel has not, firmware that was out of reach.
  public var notes: [String]

  public init(
    productVersion: String, kernelVersion: String, files: [File], packages: [Package], notes: [String] = []
  ) {
    self.productVersion = productVersion
    self.kernelVersion = kernelVersion
    self.files = files
    self.packages = packages
    self.notes = notes
  }

  /// Bytes of all files together: what the boot file system must have room for, besides `site.img`.
  public var size: Int { files.reduce(0) { $0 &+ $1.size } }

  /// The manifest as JSON: sorted keys, a newline at the end, the same bytes for the same content.
  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// Reads what `encoded()` wrote.
  ///
  /// - Throws: `ManifestError.unreadable` and `.unsupportedFormat`.
  public init(json: [UInt8], from path: String) throws(ManifestError) {
    struct Format: Decodable { var formatVersion: Int }
    let decoder = JSONDecoder()
    do {
      let format = try decoder.decode(Format.self, from: Data(json))
      guard format.formatVersion == Manifest.formatVersion else {
        throw ManifestError.unsupportedFormat(path: path, version: format.formatVersion)
      }
      self = try decoder.decode(Manifest.self, from: Data(json))
    } catch let error as ManifestError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }
}
