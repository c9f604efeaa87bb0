import Hummingbird
import NIOCore

/// The two ends of the connection that a request came by.
struct NetbootContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Numeric address of the client.
  let client: String
  /// Numeric address by which the client reached us, in brackets for IPv6.
  let localAddress: String
  let localPort: Int
  let eventLoop: any EventLoop

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    eventLoop = source.channel.eventLoop
    client = NetbootContext.unmapped(source.channel.remoteAddress?.ipAddress ?? "unknown")
    let address = source.channel.localAddress
    let text = NetbootContext.unmapped(address?.ipAddress ?? "127.0.0.1")
    localAddress = text.contains(":") ? "[\(text)]" : text
    localPort = address?.port ?? 80
  }

  /// The IPv4 address that a socket of both families shows as `::ffff:a.b.c.d`: iPXE for BIOS knows no IPv6.
  static func unmapped(_ address: String) -> String {
    let prefix = "::ffff:"
    let rest = address.dropFirst(prefix.count)
    return address.lowercased().hasPrefix(prefix) && rest.contains(".") ? String(rest) : address
  }
}
