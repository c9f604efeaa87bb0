import SystemPackage

/// A key that firmware or shim knows, because its owner enrolled it: what is signed with it starts under Secure Boot.
public struct SigningKey: Hashable, Sendable {
  /// The private key, a PEM file.
  public var key: FilePath
  /// Its certificate, a PEM file.
  public var certificate: FilePath

  public init(key: FilePath, certificate: FilePath) {
    self.key = key
    self.certificate = certificate
  }

  /// - Throws: `ExportError` where a file or a program is missing.
  func require() async throws {
    for file in [key, certificate] where !Files.exists(file) {
      throw ExportError.place("there is no file \(file) to sign with")
    }
    try await ExportTools.require(programs: ["sbsign", "sbverify"], files: [])
  }

  /// Signs an EFI program, which is replaced; the signature is verified.
  ///
  /// - Parameter program: readable by its owner only, and so is what replaces it.
  func sign(_ program: FilePath) async throws {
    let signed = FilePath(program.string + ".signed")
    try Files.replace(signed, permissions: 0o600, with: [])
    try await Tool.run(
      "sbsign",
      [
        "--key", key.string, "--cert", certificate.string, "--output", signed.string, program.string,
      ])
    try await Tool.run("sbverify", ["--cert", certificate.string, signed.string])
    try Files.rename(signed, to: program)
  }
}
