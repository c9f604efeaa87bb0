import Linux

/// What is answered on one interface.
public struct DHCPService: Hashable, Sendable {
  public enum Mode: Hashable, Sendable {
    case off
    /// Only boot information, beside the network's own DHCP server.
    case proxy
    /// Addresses and boot information.
    case server(AddressPool)
  }

  public var mode: Mode
  /// Our own address on that interface: server identifier, and where boot files are.
  public var address: IPv4Address
  public var bootFiles: BootFiles

  public init(mode: Mode, address: IPv4Address, bootFiles: BootFiles) {
    self.mode = mode
    self.address = address
    self.bootFiles = bootFiles
  }
}
