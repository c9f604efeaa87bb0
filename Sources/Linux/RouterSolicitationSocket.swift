import CLinux
import Glibc

/// Hears machines on a link that look for an IPv6 router, and can answer them (RFC 4861).
public final class RouterSolicitationSocket: Sendable {
  private let descriptor: OwnedDescriptor
  private let interfaceIndex: UInt32

  /// - Throws: `SystemError`, also where the kernel has no IPv6.
  public init(interface: String, index: UInt32) throws(SystemError) {
    let number = try syscall("listen for IPv6 router solicitations on \(interface)") {
      clinux_router_solicitation_open(interface, index)
    }
    interfaceIndex = index
    descriptor = OwnedDescriptor(owning: number)
  }

  /// For `poll`.
  public var number: Int32 { descriptor.number }

  /// Takes all solicitations that are waiting; true if there was one.
  public func receive() -> Bool {
    var any = false
    while clinux_router_solicitation_receive(number) == 0 { any = true }
    return any
  }

  /// Sends an ICMPv6 message to all nodes of the link; its checksum field is filled in by the kernel.
  public func sendToAllNodes(_ message: [UInt8]) throws(SystemError) {
    try syscall("send an IPv6 router advertisement") {
      clinux_router_advertisement_send(number, interfaceIndex, message, message.count)
    }
  }
}
