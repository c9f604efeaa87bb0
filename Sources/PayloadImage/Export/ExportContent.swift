import Linux
import SystemPackage

/// Everything that goes into an exported file.
public struct ExportContent: Sendable {
  /// Kernel and segments under the names they have in a payload, `site.img` last.
  let files: [(name: String, bytes: [UInt8])]
  let manifest: Manifest
  /// The kernel's parameters.
  let commandLine: String

  static let directory = "iscsi-target-ramdisk"
  static let title = "iSCSI Target Ramdisk"

  /// Reads a payload, which is verified, and adds a site to it.
  ///
  /// - Parameters:
  ///   - config: text of the site configuration, which holds secrets.
  ///   - parameters: of the kernel, besides those that every boot entry of ours has.
  public init(payload: FilePath, config: [UInt8], parameters: String) throws {
    let manifest = try Manifest.read(directory: payload)
    try manifest.verify(directory: payload)
    self.manifest = manifest
    files =
      try manifest.files.map { ($0.name, try Files.read(payload.appending($0.name))) }
      + [("site.img", SiteSegment.encoded(config: config))]
    commandLine = (["quiet", "panic=30"] + (parameters.isEmpty ? [] : [parameters])).joined(separator: " ")
    guard !commandLine.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "'") }) else {
      throw UnifiedKernelError.commandLine("holds a quotation mark or a control character")
    }
  }

  var kernel: [UInt8] { files.first?.bytes ?? [] }
  var segments: [[UInt8]] { files.dropFirst().map(\.bytes) }
  /// Bytes of all files.
  var size: Int { files.reduce(0) { $0 + $1.bytes.count } }

  /// Writes the files into `directory`, readable by their owner only.
  func write(to directory: FilePath) throws {
    try Files.makeDirectory(directory)
    for file in files {
      try Files.replace(directory.appending(file.name), permissions: 0o600, with: file.bytes)
    }
  }

  /// The unified kernel image.
  func unifiedKernel(stub: [UInt8]) throws(UnifiedKernelError) -> [UInt8] {
    try UnifiedKernel(
      kernel: kernel, segments: segments, commandLine: commandLine, osRelease: osRelease,
      release: manifest.kernelVersion
    ).image(stub: stub)
  }

  private var osRelease: String {
    """
    ID=iscsi-target-ramdisk
    NAME="\(Self.title)"
    PRETTY_NAME="\(Self.title) \(manifest.productVersion)"
    VERSION_ID="\(manifest.productVersion)"

    """
  }
}
