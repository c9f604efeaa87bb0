import FoundationEssentials

/// `iscsi-target-ramdisk/sidecar.json`: for kernels whose own initial RAM disk cannot find an iSCSI disk, a second one
/// that can, written by the installer (`--initramfs sidecar`).
public struct SidecarIndex: Codable, Hashable, Sendable {
  public struct Image: Codable, Hashable, Sendable {
    /// Path from the boot directory, for example `iscsi-target-ramdisk/sidecar-6.1.0-28-amd64.img`.
    public var initrd: String
    /// What made it, for example `dracut-059`.
    public var generator: String
    /// Release of the kernel that its modules are for. Where a distribution gives every kernel the same file name, it
    /// tells whether the image still fits the one that is there; nil: it does.
    public var release: String?

    public init(initrd: String, generator: String, release: String? = nil) {
      self.initrd = initrd
      self.generator = generator
      self.release = release
    }
  }

  /// By the end of the kernel's path: its file name (`vmlinuz-6.1.0-28-amd64`), or as many directories before it as
  /// it takes to tell it from others (`0123abcd/6.1.0-28-amd64/linux`).
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

  /// The image for the kernel at a path: of several that fit the one that says most about where it is.
  public func image(forKernel path: String) -> Image? {
    var rest = path.split(separator: "/")[...]
    while !rest.isEmpty {
      if let image = kernels[rest.joined(separator: "/")] { return image }
      rest.removeFirst()
    }
    return nil
  }

  /// The shortest key that only one of some kernels' paths has.
  public static func key(ofKernel path: String, among paths: [String]) -> String {
    let parts = path.split(separator: "/")
    for count in 1...max(parts.count, 1) {
      let end = parts.suffix(count)
      let isShared = paths.contains { $0 != path && $0.split(separator: "/").suffix(count) == end }
      if !isShared { return end.joined(separator: "/") }
    }
    return parts.joined(separator: "/")
  }
}
