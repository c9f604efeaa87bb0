import BootMenu
import Cryptography
import Hummingbird
import Logging
import NIOCore
import SiteConfig
import Synchronization

/// The HTTP server for machines that boot from the network, and for people who want to know what they do.
///
/// Everyone may have the boot loaders and `boot.ipxe`. Menu, scripts and kernels take the login of the site's menu,
/// where it has one; the status page takes that of the administrator, where it has one.
public final class NetbootServer: Sendable {
  private struct State {
    var content: NetbootContent
    var gates: NetbootGates
  }

  private let state: Mutex<State>
  private let host: String
  private let port: Int
  private let status: @Sendable () -> [UInt8]
  private let metrics: @Sendable () -> [UInt8]
  private let events: @Sendable (NetbootEvent) -> Void
  private let logger: Logger

  /// Connections at a time; a whole lab opens fewer, and each costs memory.
  private static let mostConnections = 1024

  /// - Parameters:
  ///   - host: numeric address to listen on; `0.0.0.0` for all.
  ///   - port: TCP port; 0 takes a free one, which `NetbootEvent.listening` tells.
  ///   - status: JSON for `/status.json`, called for each request.
  ///   - metrics: text for `/metrics`, in the format of Prometheus.
  ///   - events: called from any thread.
  /// - Throws: `CryptographyError` where there is no randomness.
  public init(
    host: String = "0.0.0.0", port: Int = 80, content: NetbootContent,
    status: @escaping @Sendable () -> [UInt8], metrics: @escaping @Sendable () -> [UInt8],
    events: @escaping @Sendable (NetbootEvent) -> Void,
    logger: Logger
  ) throws(CryptographyError) {
    self.host = host
    self.port = port
    self.status = status
    self.metrics = metrics
    self.events = events
    self.logger = logger
    state = Mutex(State(content: content, gates: try NetbootGates(content.site)))
  }

  /// Offers something else from the next request on.
  ///
  /// - Throws: `CryptographyError` where there is no randomness.
  public func replace(_ content: NetbootContent) throws(CryptographyError) {
    let gates = try NetbootGates(content.site)
    state.withLock { state in
      // Who is logged in stays so, unless the login itself is another.
      if state.content.site.menu.login != content.site.menu.login { state.gates.menu = gates.menu }
      if state.content.site.admin != content.site.admin { state.gates.status = gates.status }
      state.content = content
    }
  }

  /// Serves until the task is cancelled or its service group shuts down; transfers under way get their time then.
  ///
  /// - Throws: what binding the port throws, for example that another program has it.
  public func run() async throws {
    let responder = CallbackResponder<NetbootContext> { request, context in
      let (content, gates) = self.state.withLock { ($0.content, $0.gates) }
      let responder = NetbootResponder(
        content: content, gates: gates, status: self.status, metrics: self.metrics, events: self.events)
      return try await responder.respond(to: request, context: context)
    }
    let application = Application(
      responder: responder,
      server: .http1(configuration: .init(idleTimeout: .seconds(120))),
      configuration: ApplicationConfiguration(
        address: .hostname(host, port: port), serverName: nil, backlog: 512, reuseAddress: true,
        availableConnectionsDelegate: .maximum(Self.mostConnections, logger: logger)),
      onServerRunning: { channel in
        if let port = channel.localAddress?.port { self.events(.listening(port: port)) }
      }, logger: logger)
    try await application.run()
  }
}

/// Who is asked for a password; nil where nobody is.
struct NetbootGates {
  var menu: LoginGate?
  var status: LoginGate?

  init(_ site: Site) throws(CryptographyError) {
    if let login = site.menu.login {
      menu = try LoginGate(user: login.user, passwordHash: login.passwordHash)
    }
    if !site.admin.passwordHash.isEmpty {
      status = try LoginGate(user: "admin", passwordHash: site.admin.passwordHash)
    }
  }
}
