import Glibc

extension Site {
  /// An address that the target listens on.
  public struct Portal: Hashable, Sendable {
    /// IPv4 or IPv6; `0.0.0.0` and `::` are all of them.
    public var address: String
    /// TCP port; nil: `Target.port`.
    public var port: Int?
    /// Tag of its portal group, 1...65535: a session has all its connections in one group.
    public var group: Int = 1
    /// `ADDRESS:PORT` to which logins that arrive here are sent; empty: nowhere.
    public var redirect: String = ""
    public var moved = Redirection.temporarily

    public init(address: String, port: Int? = nil, group: Int = 1, redirect: String = "") {
      self.address = address
      self.port = port
      self.group = group
      self.redirect = redirect
    }
  }

  /// How long initiators may keep what a redirection told them.
  public enum Redirection: String, Hashable, Sendable, CaseIterable {
    /// They ask here again next time.
    case temporarily
    /// They may forget the address.
    case permanently
  }
}

/// `192.0.2.1:3260` or `[2001:db8::1]:3260`; the port may be left out.
public struct PortalAddress: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets.
  public var host: String
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// nil unless the text is a numeric address and, behind a colon, a port of 1 to 65535.
  public init?(_ text: String) {
    var rest = text[...]
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
      guard Self.isIPv6(host) else { return nil }
    } else {
      host = String(rest.prefix { $0 != ":" })
      rest = rest.dropFirst(host.count)
      guard Self.isIPv4(host) else { return nil }
    }
    port = 3260
    if rest.isEmpty { return }
    guard rest.first == ":", rest.dropFirst().allSatisfy(\.isASCII),
      rest.dropFirst().allSatisfy(\.isNumber),
      let number = UInt16(rest.dropFirst()), number > 0
    else { return nil }
    port = Int(number)
  }

  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return inet_pton(AF_INET, text, &address) == 1
  }

  static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  /// Whether it stands for every address of the machine.
  var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}

extension Site.Target {
  /// Where a portal listens.
  public func address(of portal: Site.Portal) -> PortalAddress {
    PortalAddress(host: portal.address, port: portal.port ?? port)
  }

  /// Where a machine logs in that has reached the target at `address`: there, if a portal is there, or else at the first
  /// portal that does not send it on.
  public func bootPortal(near address: String) -> PortalAddress {
    guard !portals.isEmpty else { return PortalAddress(host: address, port: port) }
    let known = portals.map { ($0, self.address(of: $0)) }
    if let own = known.first(where: { $0.1.host == address }) { return own.1 }
    if let any = known.first(where: { $0.1.isWildcard }) {
      return PortalAddress(host: address, port: any.1.port)
    }
    return (known.first { $0.0.redirect.isEmpty } ?? known[0]).1
  }
}

extension Site.Portal: Section {
  static var fields: [Field<Self>] {
    [
      Field("address", \.address, .text(Check.portalAddress), required: true, "IPv4 or IPv6 address."),
      Field(
        optional: "port", \.port, .integer(1...65535, "3260 is the usual one."), example: "null", "TCP port."),
      Field(
        "group", \.group, .integer(1...65535, "1 suits where all portals lead to one place."),
        "Portal group tag."),
      Field("redirect", \.redirect, .text(Check.redirect), "ADDRESS:PORT that logins are sent to."),
      Field("moved", \.moved, .choice, "How long initiators keep that."),
    ]
  }
}

extension Check {
  static func portalAddress(_ text: String) -> Complaint? {
    PortalAddress.isIPv4(text) || PortalAddress.isIPv6(text)
      ? nil
      : Complaint(
        "\(quoted(text)) is no numeric address",
        "Use for example \"192.0.2.1\", \"2001:db8::1\" or \"0.0.0.0\".")
  }

  static func redirect(_ text: String) -> Complaint? {
    text.isEmpty || PortalAddress(text).map { !$0.isWildcard } == true
      ? nil
      : Complaint(
        "\(quoted(text)) is not ADDRESS:PORT", "Use for example \"192.0.2.2:3260\" or \"[2001:db8::2]:3260\"."
      )
  }
}

extension Site {
  var portalContradictions: [Contradiction] {
    var found: [Contradiction] = []
    let addresses = target.portals.map(target.address)
    for (index, portal) in target.portals.enumerated() {
      let path: SettingPath = ["target", "portals", .index(index)]
      let own = addresses[index]
      if addresses[..<index].contains(own) {
        found.append(Contradiction(path + "address", "\(own) a second time", "Name each portal once."))
      } else if let wide = addresses[..<index].first(where: { $0.covers(own) || own.covers($0) }) {
        found.append(
          Contradiction(
            path + "address", "\(own) beside \(wide)",
            "0.0.0.0 and :: are all addresses of the machine: name them, or single ones."))
      }
      if portal.redirect.isEmpty, portal.moved != .temporarily {
        found.append(
          Contradiction(
            path + "moved", "no redirect that could be for good", "Add redirect, or leave it out."))
      }
      guard let other = PortalAddress(portal.redirect),
        let next = addresses.firstIndex(of: other)
          ?? addresses.firstIndex(where: { $0.covers(other) && isOwn(other) }),
        !target.portals[next].redirect.isEmpty
      else { continue }
      let problem = next == index ? "\(other) is this portal itself" : "\(other) sends logins on, too"
      found.append(
        Contradiction(
          path + "redirect", problem, "Name a portal that takes them: others go round in circles."))
    }
    return found
  }

  /// Whether an address is known to be one of this machine, as far as that can be told before it has any.
  private func isOwn(_ address: PortalAddress) -> Bool {
    if address.host == "::1" || address.host.hasPrefix("127.") { return true }
    return network.address != .dhcp && network.fallback.hasPrefix("\(address.host)/")
  }
}

extension PortalAddress {
  /// Whether listening here takes the other address, too.
  fileprivate func covers(_ other: PortalAddress) -> Bool {
    guard isWildcard, port == other.port else { return false }
    return host == "::" || !other.host.contains(":")
  }
}
