import Linux

/// What a client is told to boot.
public enum BootAnswer: Hashable, Sendable {
  /// It does not boot from the network.
  case nothing
  /// A loader by TFTP, for a PXE ROM.
  case loader(String)
  /// A loader by HTTP, for UEFI HTTP Boot.
  case httpLoader(url: String)
  /// Our own iPXE by TFTP, for an iPXE that is too old.
  case chain(String)
  /// The script, for a good iPXE.
  case script(url: String)
  /// Nothing can be given, for this reason.
  case refused(String)

  /// File name or URL.
  public var file: String? {
    switch self {
    case .loader(let name), .chain(let name): name
    case .httpLoader(let url), .script(let url): url
    case .nothing, .refused: nil
    }
  }
}

extension BootFiles {
  /// Chooses for one client.
  ///
  /// - Parameter mayChain: asked only for an iPXE that may be too old; false gives it the script all the same.
  func answer(to client: BootClient, server: IPv4Address, mayChain: () -> Bool) -> BootAnswer {
    let loader = client.architecture?.firmware.flatMap { loaders[$0] }
    switch client.stage {
    case .ordinary:
      return .nothing
    case .pxe:
      return loader.map { .loader($0) } ?? .refused(BootFiles.refusal(client.architecture))
    case .http:
      guard let loader else { return .refused(BootFiles.refusal(client.architecture)) }
      return .httpLoader(url: filled(httpPrefix, server: server, client: client) + loader)
    case .ipxe(let version):
      let script = BootAnswer.script(url: filled(scriptURL, server: server, client: client))
      if let version, version >= minimumIPXE { return script }
      guard let loader, mayChain() else { return script }
      return .chain(loader)
    }
  }

  private static func refusal(_ architecture: ClientArchitecture?) -> String {
    guard let architecture else {
      return "the client does not tell its architecture (DHCP option 93), so no loader can be chosen"
    }
    return "no loader for client architecture \(architecture)"
  }
}
