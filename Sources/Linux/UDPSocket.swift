import CLinux
import Glibc

/// A UDP socket over IPv4, non-blocking.
public struct UDPSocket: ~Copyable, Sendable {
  /// A datagram as it came in.
  public struct Datagram: Hashable, Sendable {
    public var bytes: [UInt8]
    public var source: IPv4Address
    public var sourcePort: UInt16
    /// The address it was sent to: ours, or a broadcast one.
    public var destination: IPv4Address
    public var interfaceIndex: UInt32
  }

  private let descriptor: OwnedDescriptor

  /// Binds to `address` and `port` (0: any free one), on one interface only unless `interface` is nil.
  ///
  /// - Parameter isShared: other programs that allow it too may have the same port; broadcasts reach all of them.
  public init(
    interface: String? = nil, address: IPv4Address = .any, port: UInt16, isShared: Bool = false
  ) throws(SystemError) {
    let attempt = "listen on UDP port \(port)" + (interface.map { " of \($0)" } ?? "")
    let number = try syscall(attempt) {
      if let interface { return clinux_udp_open(interface, address.value, port, isShared ? 1 : 0) }
      return clinux_udp_open(nil, address.value, port, isShared ? 1 : 0)
    }
    descriptor = OwnedDescriptor(owning: number)
  }

  /// For `poll`.
  public var number: Int32 { descriptor.number }

  /// The local port.
  public var port: UInt16 { UInt16(clamping: clinux_udp_port(number)) }

  /// Accepts only datagrams from this peer from now on, and reports its ICMP errors.
  public func connect(to address: IPv4Address, port: UInt16) throws(SystemError) {
    try syscall("talk to \(address):\(port)") { clinux_udp_connect(number, address.value, port) }
  }

  /// The next datagram, cut to `buffer`; nil when none is waiting.
  ///
  /// - Throws: `SystemError`, for a connected socket also the peer's ICMP errors (ECONNREFUSED).
  public func receive(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Datagram? {
    var from = clinux_datagram()
    let length: Int32
    do {
      length = try syscall("receive a datagram") {
        clinux_udp_receive(
          number, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count, &from)
      }
    } catch {
      if error.errno == EAGAIN { return nil }
      throw error
    }
    return Datagram(
      bytes: Array(buffer.prefix(Int(length))), source: IPv4Address(value: from.source),
      sourcePort: from.source_port, destination: IPv4Address(value: from.destination),
      interfaceIndex: from.interface_index)
  }

  /// Sends one datagram, from `local` if given.
  public func send(
    _ bytes: [UInt8], to address: IPv4Address, port: UInt16, from local: IPv4Address = .any
  ) throws(SystemError) {
    try syscall("send \(bytes.count) bytes to \(address):\(port)") {
      clinux_udp_send(number, bytes, bytes.count, address.value, port, local.value)
    }
  }

  /// Sends one datagram to the peer of `connect`.
  public func send(_ bytes: [UInt8]) throws(SystemError) {
    try syscall("send \(bytes.count) bytes") { clinux_udp_send(number, bytes, bytes.count, 0, 0, 0) }
  }
}
