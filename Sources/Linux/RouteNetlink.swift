import CLinux
import Glibc

/// Asks the kernel about network interfaces and changes them (rtnetlink(7)).
public struct RouteNetlink: ~Copyable, Sendable {
  private let socket: OwnedDescriptor
  private var sequence: UInt32 = 0

  public init() throws(SystemError) {
    socket = OwnedDescriptor(
      owning: try syscall("open a route socket") { clinux_netlink_open(NETLINK_ROUTE, 0) })
  }

  /// Every interface.
  public mutating func links() throws(SystemError) -> [NetworkLink] {
    let answers = try request(
      RTM_GETLINK, flags: NLM_F_DUMP, [UInt8](repeating: 0, count: MemoryLayout<ifinfomsg>.size),
      "list interfaces")
    return answers.compactMap { NetworkLink($0) }
  }

  /// The IPv4 addresses of an interface.
  public mutating func addresses(of link: UInt32) throws(SystemError) -> [InterfaceAddress] {
    let answers = try request(
      RTM_GETADDR, flags: NLM_F_DUMP, InterfaceAddress.header(prefixLength: 0, link: 0), "list addresses")
    return answers.compactMap { InterfaceAddress($0) }.filter { $0.link == link }
  }

  /// Switches an interface on or off.
  public mutating func setUp(_ isUp: Bool, link: NetworkLink) throws(SystemError) {
    var payload: [UInt8] = [0, 0]
    append(UInt16(0), to: &payload)
    append(link.index, to: &payload)
    append(UInt32(isUp ? 1 : 0), to: &payload)
    append(UInt32(1), to: &payload)  // of the flags, change only IFF_UP
    _ = try request(RTM_NEWLINK, flags: NLM_F_ACK, payload, "switch \(isUp ? "on" : "off") \(link.name)")
  }

  /// Adds an address; one that is already there is no error.
  public mutating func add(_ address: InterfaceAddress, linkName: String) throws(SystemError) {
    _ = try request(
      RTM_NEWADDR, flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, address.message,
      "give \(linkName) the address \(address.address)/\(address.prefixLength)")
  }

  /// Takes an address away; one that is not there is no error.
  public mutating func remove(_ address: InterfaceAddress, linkName: String) throws(SystemError) {
    do {
      _ = try request(
        RTM_DELADDR, flags: NLM_F_ACK, address.message,
        "take the address \(address.address)/\(address.prefixLength) from \(linkName)")
    } catch {
      guard error.errno == EADDRNOTAVAIL else { throw error }
    }
  }

  /// Sends everything that is not on a link's own network through `gateway`, instead of where it went before.
  public mutating func setDefaultRoute(gateway: IPv4Address, link: UInt32) throws(SystemError) {
    var message = NetlinkMessage(
      type: UInt16(RTM_NEWROUTE),
      // rtmsg: family, destination and source prefix, TOS, table, protocol, scope, type, flags.
      payload: [UInt8(AF_INET), 0, 0, 0, 254, UInt8(RTPROT_BOOT), 0, 1, 0, 0, 0, 0])
    message.addAttribute(Int(RTA_GATEWAY.rawValue), gateway.bytes)
    var index: [UInt8] = []
    append(link, to: &index)
    message.addAttribute(Int(RTA_OIF.rawValue), index)
    _ = try request(
      RTM_NEWROUTE, flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, message.payload,
      "set the default route to \(gateway)")
  }

  /// Sends one request and gathers its answers up to NLMSG_DONE or the acknowledgement.
  private mutating func request(
    _ type: Int, flags: Int32, _ payload: [UInt8], _ attempt: String
  ) throws(SystemError) -> [NetlinkMessage] {
    sequence &+= 1
    let bytes = NetlinkMessage(
      type: UInt16(clamping: type), flags: UInt16(clamping: flags | NLM_F_REQUEST), sequence: sequence,
      payload: payload
    ).encode()
    let descriptor = socket.number
    try syscall(attempt) { bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
    var answers: [NetlinkMessage] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try syscall(attempt) {
        buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      }
      for message in NetlinkMessage.decode(Array(buffer[..<max(count, 0)])) where message.sequence == sequence
      {
        switch Int32(message.type) {
        case NLMSG_DONE: return answers
        case NLMSG_ERROR:
          // A negated errno; 0 acknowledges.
          let code = integer(Int32.self, in: message.payload, at: 0) ?? -EPROTO
          if code == 0 { return answers }
          throw SystemError(errno: 0 &- code, attempt: attempt)
        default: answers.append(message)
        }
      }
    }
  }
}

/// An IPv4 address of an interface.
public struct InterfaceAddress: Hashable, Sendable {
  /// Index of the interface.
  public var link: UInt32
  public var address: IPv4Address
  public var prefixLength: Int

  public init(link: UInt32, address: IPv4Address, prefixLength: Int) {
    self.link = link
    self.address = address
    self.prefixLength = min(max(prefixLength, 0), 32)
  }

  /// ifaddrmsg: family, prefix length, flags, scope, interface.
  static func header(prefixLength: Int, link: UInt32) -> [UInt8] {
    var bytes = [UInt8(AF_INET), UInt8(clamping: prefixLength), 0, 0]
    append(link, to: &bytes)
    return bytes
  }

  var message: [UInt8] {
    var message = NetlinkMessage(type: 0, payload: Self.header(prefixLength: prefixLength, link: link))
    message.addAttribute(IFA_LOCAL, address.bytes)
    message.addAttribute(IFA_ADDRESS, address.bytes)
    message.addAttribute(IFA_BROADCAST, address.directedBroadcast(prefixLength: prefixLength).bytes)
    return message.payload
  }

  init?(_ message: NetlinkMessage) {
    guard Int(message.type) == RTM_NEWADDR, message.payload.count >= 8, message.payload[0] == UInt8(AF_INET),
      let link = integer(UInt32.self, in: message.payload, at: 4)
    else { return nil }
    let attributes = message.attributes(after: 8)
    guard let bytes = attributes[UInt16(IFA_LOCAL)] ?? attributes[UInt16(IFA_ADDRESS)],
      let address = IPv4Address(bytes: bytes)
    else { return nil }
    self.init(link: link, address: address, prefixLength: Int(message.payload[1]))
  }
}

/// Becomes readable when an interface appears, goes, or changes its carrier: then list them anew.
public struct LinkMonitor: ~Copyable, Sendable {
  private let socket: OwnedDescriptor

  public init() throws(SystemError) {
    socket = OwnedDescriptor(
      owning: try syscall("watch interfaces") {
        clinux_netlink_open(NETLINK_ROUTE, UInt32(RTMGRP_LINK))
      })
  }

  /// For `poll`.
  public var number: Int32 { socket.number }

  /// Takes what waits, also the report that something was lost, so that `number` becomes readable by news only.
  public func drain() {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let descriptor = socket.number
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 && errno != ENOBUFS && errno != EINTR { return }
    }
  }
}
