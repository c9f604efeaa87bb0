import CLinux
import Glibc

/// Sends and sees the IPv4 packets of one interface, with or without an address there. Non-blocking.
public struct PacketSocket: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor
  private let interfaceIndex: Int32

  /// - Parameter port: only UDP to this port is seen.
  public init(interface: String, port: UInt16) throws(SystemError) {
    let index = try syscall("find the interface \(interface)") { () -> Int32 in
      let index = if_nametoindex(interface)
      return index == 0 ? -1 : Int32(clamping: index)
    }
    let number = try syscall("open a packet socket on \(interface)") { clinux_packet_open(index, port) }
    interfaceIndex = index
    descriptor = OwnedDescriptor(owning: number)
  }

  /// For `poll`.
  public var number: Int32 { descriptor.number }

  /// Sends an IPv4 packet to every machine on the link.
  public func broadcast(_ packet: [UInt8]) throws(SystemError) {
    try syscall("send to everyone on the link") {
      clinux_packet_broadcast(number, interfaceIndex, packet, packet.count)
    }
  }

  /// The next IPv4 packet; nil when none is waiting.
  public func receive() throws(SystemError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 4096)
    do {
      let length = try syscall("receive a packet") { clinux_packet_receive(number, &bytes, bytes.count) }
      return Array(bytes.prefix(Int(length)))
    } catch {
      if error.errno == EAGAIN { return nil }
      throw error
    }
  }
}
