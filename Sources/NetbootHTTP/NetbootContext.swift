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
    client = Self.numeric(source.channel.remoteAddress) ?? "unknown"
    let address = source.channel.localAddress
    let text = Self.numeric(address) ?? "127.0.0.1"
    localAddress = text.contains(":") ? "[\(text)]" : text
    localPort = address?.port ?? 80
  }

  /// A static glibc resolves `0.0.0.0` to a socket of both families, which shows IPv4 addresses as IPv6 ones
  /// (RFC 4291 2.5.5.2): iPXE has no route to those.
  private static func numeric(_ address: SocketAddress?) -> String? {
    guard let text = address?.ipAddress else { return nil }
    let mapped = "::ffff:"
    return text.hasPrefix(mapped) && text.contains(".") ? String(text.dropFirst(mapped.count)) : text
  }
}
