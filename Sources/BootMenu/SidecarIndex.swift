import FoundationEssentials

/// `iscsi-target-ramdisk/sidecar.json`: for kernels whose own initial RAM disk cannot find an iSCSI disk, a second one
/// that can, written by the installer (`--initramfs sidecar`).
public struct SidecarIndex: Codable, Hashable, Sendable {
  public struct Image: Codable, Hashable, Sendable {
    /// Path from the boot directory, for example `iscsi-target-ramdisk/sidecar-6.1.0-28-amd64.img`.
    public var initrd: String
    /// What made it, for example `dracut-059`.
    public var generator: String

    public init(initrd: String, generator: String) {
      self.initrd = initrd
      self.generator = generator
    }
  }

  /// By file name of the kernel, for example `vmlinuz-6.1.0-28-amd64`.
  public var kernels: [String: Image]

  public init(kernels: [String: Image]) { self.kernels = kernels }

  /// Where it stands, from the boot directory.
  public static let path = "iscsi-target-ramdisk/sidecar.json"

  /// - Throws: `DecodingError`.
  public init(json: [UInt8]) throws {
    self = try JSONDecoder().decode(SidecarIndex.self, from: Data(json))
  }

  /// The file's content, the same for the same index.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
