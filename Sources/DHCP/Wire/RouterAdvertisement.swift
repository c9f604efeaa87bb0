/// IPv6 router advertisements (RFC 4861 4.2), as far as this machine sends them.
enum RouterAdvertisement {
  /// "I am no router; there is no DHCPv6": lifetime 0, no flags, no prefixes.
  ///
  /// iPXE and UEFI wait up to 16 s for a router before they believe that IPv4 is all there is.
  static let noRouter: [UInt8] = [134, 0, 0, 0] + [UInt8](repeating: 0, count: 12)
}
