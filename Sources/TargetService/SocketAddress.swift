import Glibc
import Linux

/// A numeric IPv4 or IPv6 address with a port.
struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// Without brackets; IPv4 addresses mapped into IPv6 in their own form.
  var host: String
  var port: UInt16

  /// `192.0.2.1:3260`, `[2001:db8::1]:3260`
  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether it stands for every address of the machine.
  var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  static func local(of socket: Int32) -> SocketAddress? { ask { getsockname(socket, $0, $1) } }
  static func remote(of socket: Int32) -> SocketAddress? { ask { getpeername(socket, $0, $1) } }

  private static func ask(
    _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> SocketAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutableBytes(of: &storage) { bytes -> SocketAddress? in
      guard let base = bytes.baseAddress, call(base.assumingMemoryBound(to: sockaddr.self), &length) == 0
      else {
        return nil
      }
      return SocketAddress(UnsafeRawBufferPointer(bytes))
    }
  }

  private init?(_ bytes: UnsafeRawBufferPointer) {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
    case AF_INET:
      var address = bytes.loadUnaligned(as: sockaddr_in.self)
      guard inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count)) != nil else { return nil }
      port = UInt16(bigEndian: address.sin_port)
    case AF_INET6:
      var address = bytes.loadUnaligned(as: sockaddr_in6.self)
      guard inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count)) != nil else { return nil }
      port = UInt16(bigEndian: address.sin6_port)
    default: return nil
    }
    let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    host = name.hasPrefix("::ffff:") && name.contains(".") ? String(name.dropFirst(7)) : name
  }

  /// Opens a listening socket on a numeric address. A port that is in use is tried for three seconds.
  static func listen(_ portal: TargetConfiguration.Portal) throws(TargetError) -> OwnedDescriptor {
    var four = in_addr()
    var six = in6_addr()
    let isFour = inet_pton(AF_INET, portal.address, &four) == 1
    guard isFour || inet_pton(AF_INET6, portal.address, &six) == 1 else { throw .address(portal.address) }
    do throws(SystemError) {
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      let descriptor = OwnedDescriptor(
        owning: try syscall("make a socket") { socket(isFour ? AF_INET : AF_INET6, kind, 0) })
      let number = descriptor.number
      SocketOptions.set(number, SOL_SOCKET, SO_REUSEADDR, 1)
      if isFour {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = portal.port.bigEndian
        address.sin_addr = four
        try bind(number, &address, portal)
      } else {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = portal.port.bigEndian
        address.sin6_addr = six
        try bind(number, &address, portal)
      }
      try syscall("listen on \(portal)") { Glibc.listen(number, 128) }
      return descriptor
    } catch {
      throw .cannotListen(portal.description, reason: SystemError.text(error.errno))
    }
  }

  private static func bind<Address>(
    _ socket: Int32, _ address: inout Address, _ portal: TargetConfiguration.Portal
  ) throws(SystemError) {
    func attempt() -> Int32 {
      withUnsafeBytes(of: &address) { bytes -> Int32 in
        guard let base = bytes.baseAddress else { return EINVAL }
        let result = Glibc.bind(socket, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        return result == 0 ? 0 : errno
      }
    }
    // The ring of a target that was killed keeps its listeners for a moment after the process is gone.
    var patience = 60
    var code = attempt()
    while code == EADDRINUSE, patience > 0 {
      patience -= 1
      _ = poll(nil, 0, 50)
      code = attempt()
    }
    guard code == 0 else { throw SystemError(errno: code, attempt: "listen on \(portal)") }
  }
}

enum SocketOptions {
  /// What every connection needs. Failures only cost speed or patience, so they are ignored.
  static func setUp(_ socket: Int32) {
    set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    // Initiators that vanish are found out within a minute: iPXE never says goodbye.
    set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(socket, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 20)
    set(socket, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
    set(socket, Int32(IPPROTO_TCP), TCP_KEEPCNT, 4)
    set(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000)
  }

  static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}
