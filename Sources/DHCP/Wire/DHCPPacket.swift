import Linux

/// A DHCP packet (RFC 2131 2). Decoding never traps, whatever the bytes are.
public struct DHCPPacket: Hashable, Sendable {
  public enum Operation: UInt8, Sendable {
    case request = 1
    case reply = 2
  }

  public var operation: Operation
  public var hops: UInt8 = 0
  public var transactionID: UInt32
  /// Seconds since the client began; iPXE abuses it for its state.
  public var seconds: UInt16 = 0
  /// The client cannot take unicast yet.
  public var wantsBroadcast = false
  /// `ciaddr`: the client's address, if it uses one.
  public var clientAddress = IPv4Address.any
  /// `yiaddr`: the address given to the client.
  public var yourAddress = IPv4Address.any
  /// `siaddr`: where the boot file is; the only field every ROM heeds for that.
  public var nextServer = IPv4Address.any
  /// `giaddr`: the relay agent.
  public var relayAddress = IPv4Address.any
  public var hardwareAddress: HardwareAddress
  /// `sname`, at most 63 bytes.
  public var serverName = ""
  /// `file`, at most 127 bytes.
  public var bootFile = ""
  public var options = DHCPOptions()

  public init(operation: Operation, transactionID: UInt32, hardwareAddress: HardwareAddress) {
    self.operation = operation
    self.transactionID = transactionID
    self.hardwareAddress = hardwareAddress
  }

  /// What kind of message this is; nil for plain BOOTP and for kinds unknown.
  public var messageType: DHCPMessageType? {
    get { options.byte(.messageType).flatMap { DHCPMessageType(rawValue: $0) } }
    set { options[.messageType] = newValue.map { [$0.rawValue] } }
  }

  /// The server a client chose, or that a reply comes from.
  public var serverIdentifier: IPv4Address? { options.address(.serverIdentifier) }
}

/// Option 53 (RFC 2132 9.6).
public enum DHCPMessageType: UInt8, Sendable {
  case discover = 1
  case offer = 2
  case request = 3
  case decline = 4
  case acknowledge = 5
  case refuse = 6
  case release = 7
  case inform = 8
}
