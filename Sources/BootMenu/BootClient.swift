import SiteConfig

/// The machine that asks for a script, as far as its request tells.
public struct BootClient: Hashable, Sendable {
  /// MAC address as in the site's config, `aa:bb:cc:dd:ee:ff`; nil when unknown.
  public var mac: String?

  public init(mac: String?) {
    let digits = mac?.lowercased().split(whereSeparator: { $0 == ":" || $0 == "-" }) ?? []
    let isAddress = digits.count == 6 && digits.allSatisfy { $0.count == 2 && $0.allSatisfy(\.isHexDigit) }
    self.mac = isAddress ? digits.joined(separator: ":") : nil
  }

  /// What the site says of this machine.
  func settings(in site: Site) -> Site.Client { mac.flatMap { site.menu.clients[$0] } ?? Site.Client() }
}
