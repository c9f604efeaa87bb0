import DHCP
import Linux

/// The network boot loaders that clients fetch first, held in RAM.
public struct Loaders: Sendable {
  /// Content by file name.
  public let files: [String: [UInt8]]
  /// The loader of each kind of client that there is one for.
  public let byFirmware: [ClientFirmware: String]
  /// Where they were read from.
  public let directory: String

  /// Where the payload, an installation and Debian's package have them.
  public static let usualDirectories = [
    "/usr/share/iscsi-target-ramdisk/ipxe", "/usr/local/share/iscsi-target-ramdisk/ipxe", "/usr/lib/ipxe",
  ]

  /// In the order of preference: iPXE with the firmware's own network driver works with every card.
  private static let names: [(ClientFirmware, [String])] = [
    (.bios, ["undionly.kpxe", "ipxe.pxe"]), (.x64, ["snponly.efi", "ipxe.efi"]),
    (.arm64, ["snponly-arm64.efi", "ipxe-arm64.efi"]),
  ]

  /// Reads the loaders of the first directory that has any.
  public init(directories: [String] = usualDirectories) {
    for directory in directories {
      var files: [String: [UInt8]] = [:]
      for name in Self.names.flatMap(\.1) {
        if let bytes = try? readFile("\(directory)/\(name)", limit: 1 << 24), !bytes.isEmpty {
          files[name] = bytes
        }
      }
      if !files.isEmpty {
        self.init(files: files, directory: directory)
        return
      }
    }
    self.init(files: [:], directory: directories.first ?? "/")
  }

  init(files: [String: [UInt8]], directory: String) {
    self.files = files
    self.directory = directory
    byFirmware = Dictionary(
      Self.names.compactMap { firmware, names in names.first { files[$0] != nil }.map { (firmware, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}
