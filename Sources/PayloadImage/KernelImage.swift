import SystemPackage

/// A Linux kernel for x86 in the form that boot loaders start (Documentation/arch/x86/boot.rst).
public struct KernelImage: Hashable, Sendable {
  /// Release, as `uname -r` shows it and as the directory of its modules is called.
  public let release: String
  public let bytes: [UInt8]

  private static let headerMagic = (offset: 0x202, text: Array("HdrS".utf8))
  private static let versionPointer = 0x20E
  private static let versionBase = 0x200

  /// Checks the setup header of a bzImage and takes the release from its version string.
  ///
  /// - Throws: `PayloadError.unusable` naming `path`.
  public init(_ bytes: [UInt8], path: String) throws(PayloadError) {
    let magic = Self.headerMagic
    guard bytes.count > 0x400, bytes[magic.offset..<magic.offset + 4].elementsEqual(magic.text),
      bytes[0x1FE] == 0x55, bytes[0x1FF] == 0xAA
    else {
      throw .unusable("\(path) is no Linux kernel in bzImage form: it lacks the signature 'HdrS' at byte 514")
    }
    let pointer = Int(bytes[Self.versionPointer]) | Int(bytes[Self.versionPointer + 1]) << 8
    let version = bytes.dropFirst(Self.versionBase + pointer).prefix(256).prefix { $0 > 0x20 && $0 < 0x7F }
    guard pointer != 0, !version.isEmpty, !version.contains(UInt8(ascii: "/")) else {
      throw .unusable("\(path) does not say which release of Linux it is")
    }
    release = String(decoding: version, as: UTF8.self)
    self.bytes = bytes
  }

  /// Reads the kernel at `path`.
  public init(contentsOf path: FilePath) throws {
    try self.init(Files.read(path), path: path.string)
  }
}
