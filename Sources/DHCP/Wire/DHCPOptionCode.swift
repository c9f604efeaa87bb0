/// The number of a DHCP option (RFC 2132 and the IANA registry).
public struct DHCPOptionCode: Hashable, Sendable, RawRepresentable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let subnetMask = Self(rawValue: 1)
  public static let router = Self(rawValue: 3)
  public static let domainNameServer = Self(rawValue: 6)
  public static let hostName = Self(rawValue: 12)
  public static let domainName = Self(rawValue: 15)
  public static let rootPath = Self(rawValue: 17)
  public static let broadcastAddress = Self(rawValue: 28)
  public static let ntpServers = Self(rawValue: 42)
  /// Its sub-options mean what option 60 says; for PXEClient see `PXEVendorOptions`.
  public static let vendorSpecific = Self(rawValue: 43)
  public static let requestedAddress = Self(rawValue: 50)
  /// Seconds; 0xFFFFFFFF is for ever.
  public static let leaseTime = Self(rawValue: 51)
  public static let overload = Self(rawValue: 52)
  public static let messageType = Self(rawValue: 53)
  public static let serverIdentifier = Self(rawValue: 54)
  public static let parameterRequestList = Self(rawValue: 55)
  /// A sentence for people, in a NAK or DECLINE.
  public static let message = Self(rawValue: 56)
  public static let maximumMessageSize = Self(rawValue: 57)
  public static let renewalTime = Self(rawValue: 58)
  public static let rebindingTime = Self(rawValue: 59)
  public static let vendorClass = Self(rawValue: 60)
  public static let clientIdentifier = Self(rawValue: 61)
  public static let tftpServerName = Self(rawValue: 66)
  public static let bootFileName = Self(rawValue: 67)
  /// RFC 3004, but iPXE sends the bare text without length bytes.
  public static let userClass = Self(rawValue: 77)
  /// RFC 3046; a server returns it unchanged.
  public static let relayAgentInformation = Self(rawValue: 82)
  /// RFC 4578 2.1.
  public static let clientArchitecture = Self(rawValue: 93)
  /// RFC 4578 2.2: UNDI version.
  public static let networkInterface = Self(rawValue: 94)
  /// RFC 4578 2.3: a zero byte and the machine's GUID.
  public static let clientMachineIdentifier = Self(rawValue: 97)
  /// iPXE's own encapsulated options; see `IPXEOptions`.
  public static let ipxe = Self(rawValue: 175)

  static let pad: UInt8 = 0
  static let end: UInt8 = 255
}
