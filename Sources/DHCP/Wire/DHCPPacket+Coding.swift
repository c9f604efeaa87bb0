import Linux

extension DHCPPacket {
  private static let magicCookie: [UInt8] = [99, 130, 83, 99]
  private static let optionsOffset = 240
  /// BOOTP's size (RFC 951 3): relays and ROMs drop shorter packets.
  private static let minimumLength = 300

  /// Why bytes are no DHCP packet.
  public enum DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooShort(Int)
    case unknownOperation(UInt8)
    case hardwareAddressTooLong(UInt8)
    case noMagicCookie

    public var description: String {
      switch self {
      case .tooShort(let count): "a DHCP packet has at least 240 bytes, not \(count)"
      case .unknownOperation(let value): "a DHCP packet is a request (1) or a reply (2), not \(value)"
      case .hardwareAddressTooLong(let length): "a hardware address has at most 16 bytes, not \(length)"
      case .noMagicCookie: "plain BOOTP, or not DHCP at all: the magic cookie is missing"
      }
    }
  }

  /// Decodes one packet; options in `file` and `sname` (option 52) are joined with the others.
  public init(decoding bytes: [UInt8]) throws(DecodingError) {
    guard bytes.count >= DHCPPacket.optionsOffset else { throw .tooShort(bytes.count) }
    guard let operation = Operation(rawValue: bytes[0]) else { throw .unknownOperation(bytes[0]) }
    guard bytes[2] <= 16 else { throw .hardwareAddressTooLong(bytes[2]) }
    guard bytes[236..<240].elementsEqual(DHCPPacket.magicCookie) else { throw .noMagicCookie }
    func number(_ offset: Int) -> UInt32 {
      bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    func text(_ range: Range<Int>) -> String {
      String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    self.init(
      operation: operation, transactionID: number(4),
      hardwareAddress: HardwareAddress(type: bytes[1], bytes: bytes[28..<(28 + Int(bytes[2]))]))
    hops = bytes[3]
    seconds = UInt16(bytes[8]) << 8 | UInt16(bytes[9])
    wantsBroadcast = bytes[10] & 0x80 != 0
    clientAddress = IPv4Address(value: number(12))
    yourAddress = IPv4Address(value: number(16))
    nextServer = IPv4Address(value: number(20))
    relayAddress = IPv4Address(value: number(24))
    options.parse(bytes[DHCPPacket.optionsOffset...])
    // RFC 3396 5: first the options field, then file, then sname.
    let overload = options.byte(.overload) ?? 0
    if overload & 1 != 0 { options.parse(bytes[108..<236]) } else { bootFile = text(108..<236) }
    if overload & 2 != 0 { options.parse(bytes[44..<108]) } else { serverName = text(44..<108) }
    options[.overload] = nil
  }

  /// The packet as sent. Names too long for their field are left out of it: half a name is worse than none.
  public func encoded() -> [UInt8] {
    var bytes: [UInt8] = [
      operation.rawValue, hardwareAddress.type, UInt8(truncatingIfNeeded: hardwareAddress.bytes.count), hops,
    ]
    bytes += IPv4Address(value: transactionID).bytes
    bytes += [UInt8(truncatingIfNeeded: seconds >> 8), UInt8(truncatingIfNeeded: seconds)]
    bytes += [wantsBroadcast ? 0x80 : 0, 0]
    bytes += clientAddress.bytes + yourAddress.bytes + nextServer.bytes + relayAddress.bytes
    bytes += DHCPPacket.field(hardwareAddress.bytes, width: 16)
    bytes += DHCPPacket.field(DHCPPacket.terminated(serverName, width: 64), width: 64)
    bytes += DHCPPacket.field(DHCPPacket.terminated(bootFile, width: 128), width: 128)
    bytes += DHCPPacket.magicCookie + options.encoded()
    return DHCPPacket.field(bytes, width: max(bytes.count, DHCPPacket.minimumLength))
  }

  private static func terminated(_ text: String, width: Int) -> [UInt8] {
    text.utf8.count < width ? Array(text.utf8) : []
  }

  private static func field(_ bytes: [UInt8], width: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: max(width - bytes.count, 0))
  }
}
