import Linux

/// One step in the story of a client, for the console and the status page.
public struct DHCPEvent: Hashable, Sendable, CustomStringConvertible {
  public enum Step: Hashable, Sendable {
    /// An address (nil: only boot information, as a proxy) and what to boot were offered.
    case offered(IPv4Address?, BootAnswer)
    /// The same, now for good; nil on port 4011.
    case acknowledged(IPv4Address?, BootAnswer)
    /// The client wants to boot and cannot be helped: why.
    case refused(String)
    /// The client asked for an address that it may not have: why.
    case addressRefused(IPv4Address, String)
    /// Every address is taken.
    case poolExhausted
    case released(IPv4Address)
    /// The client found the address in use.
    case declined(IPv4Address)
    /// Another DHCP server answers here, and the client preferred it.
    case choseServer(IPv4Address)
  }

  public let interface: String
  public let client: BootClient
  /// The client's address as far as this packet tells, whoever gave it: the key to its TFTP, HTTP and iSCSI events.
  public let address: IPv4Address?
  public let step: Step

  public init(interface: String, client: BootClient, address: IPv4Address? = nil, step: Step) {
    self.interface = interface
    self.client = client
    self.address = address
    self.step = step
  }

  public var description: String { "\(interface): \(client) \(text)" }

  private var text: String {
    switch step {
    case .offered(let address, let answer): "was offered " + DHCPEvent.text(address, answer)
    case .acknowledged(let address, let answer): "has " + DHCPEvent.text(address, answer)
    case .refused(let reason): "cannot be booted: \(reason)"
    case .addressRefused(let address, let reason): "may not have \(address): \(reason)"
    case .poolExhausted: "gets no address: all of the range are taken; widen dhcp.range"
    case .released(let address): "gave back \(address)"
    case .declined(let address): "found \(address) in use by another machine"
    case .choseServer(let server): "took its address from another DHCP server, \(server)"
    }
  }

  private static func text(_ address: IPv4Address?, _ answer: BootAnswer) -> String {
    let boot: String? =
      switch answer {
      case .nothing: nil
      case .refused: "nothing to boot"
      case .loader(let name): "the loader \(name)"
      case .httpLoader(let url): "the loader \(url)"
      case .chain(let name): "our newer iPXE, \(name)"
      case .script(let url): "the script \(url)"
      }
    return [address.map { "the address \($0)" }, boot].compactMap { $0 }.joined(separator: " and ")
  }
}
