import Linux

/// What network clients are told to load. The caller decides; the services only pick by client.
///
/// In `httpPrefix` and `scriptURL` these are filled in: `{server}` (our address), `{mac}`
/// (`aa:bb:cc:dd:ee:ff`) and `{arch}` (the number of option 93, empty if the client sent none).
/// `${...}` is left alone: iPXE expands its own settings in a file name.
public struct BootFiles: Hashable, Sendable {
  /// Name of the loader on the TFTP server, by kind of client. A kind without loader is refused.
  public var loaders: [ClientFirmware: String]
  /// Put before a loader's name for clients with UEFI HTTP Boot; must hold a literal address: they may lack DNS.
  public var httpPrefix: String
  /// What a good iPXE runs.
  public var scriptURL: String
  /// An iPXE older than this, or one that hides its version, is given our loader first.
  public var minimumIPXE: IPXEVersion

  public init(
    loaders: [ClientFirmware: String], httpPrefix: String = "http://{server}/", scriptURL: String,
    minimumIPXE: IPXEVersion = IPXEVersion(1, 20)
  ) {
    self.loaders = loaders
    self.httpPrefix = httpPrefix
    self.scriptURL = scriptURL
    self.minimumIPXE = minimumIPXE
  }

  func filled(_ template: String, server: IPv4Address, client: BootClient) -> String {
    let values = [
      "{server}": server.description,
      "{mac}": client.hardwareAddress.description,
      "{arch}": client.architecture.map { String($0.rawValue) } ?? "",
    ]
    var result = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      rest = rest[open...]
      let key = values.keys.first { rest.hasPrefix($0) }
      result += key.flatMap { values[$0] } ?? "{"
      rest = rest.dropFirst(key?.count ?? 1)
    }
    return result + rest
  }
}
