import PayloadImage
import SiteConfig
import SystemPackage

/// The ramdisk and a site as one bootable file.
public struct Export: Sendable {
  public var form: ExportForm
  /// Where it goes; nothing may be there.
  public var file: String
  /// The site configuration; nil takes the installed one.
  public var config: String?
  /// Directory with the ramdisk's kernel and segments.
  public var payload: String
  /// Parameters of its kernel, besides ours.
  public var parameters: String
  /// Signs the EFI program; nil leaves it unsigned.
  public var signingKey: SigningKey?

  public init(
    form: ExportForm, file: String, config: String?, payload: String, parameters: String,
    signingKey: SigningKey? = nil
  ) {
    self.form = form
    self.file = file
    self.config = config
    self.payload = payload
    self.parameters = parameters
    self.signingKey = signingKey
  }

  /// What was written.
  public struct Result: Codable, Hashable, Sendable {
    public var file: String
    public var form: String
    /// In bytes.
    public var size: Int
    public var productVersion: String
    public var kernelVersion: String
    /// The configuration that is in it.
    public var config: String
  }

  /// Checks the configuration and writes the file.
  ///
  /// - Parameters:
  ///   - root: system whose installed configuration is taken where none is named.
  ///   - isCancelled: asked between steps; true ends it with nothing left behind.
  public func run(
    on root: HostRoot, isCancelled: @escaping @Sendable () -> Bool = { false }
  ) async throws -> Result {
    let path = config ?? root.resolve(InstalledPaths.site)
    guard Files.exists(path) else { throw NoConfiguration(path: path, isNamed: config != nil) }
    let bytes = try Files.read(path)
    _ = try Site.parse(text: String(decoding: bytes, as: UTF8.self), fileName: path)
    let manifest = try Manifest.read(directory: FilePath(payload))
    let content = try ExportContent(payload: FilePath(payload), config: bytes, parameters: parameters)
    let size = try await Exporter(
      content, signingKey: signingKey, isCancelled: isCancelled
    ).write(form, to: FilePath(file))
    return Result(
      file: file, form: form.rawValue, size: size, productVersion: manifest.productVersion,
      kernelVersion: manifest.kernelVersion, config: path)
  }
}

/// There is no site to put into the file.
struct NoConfiguration: Error, CustomStringConvertible {
  let path: String
  let isNamed: Bool

  var description: String {
    isNamed
      ? "there is no file \(path)"
      : "there is no \(path), which 'ramdisk-install' writes: name a configuration with --config FILE "
        + "(see iscsi-target-ramdisk.json5(5))"
  }
}
