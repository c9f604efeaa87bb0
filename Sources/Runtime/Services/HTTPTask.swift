import Linux
import Logging
import NetbootHTTP
import ServiceLifecycle

/// The HTTP server, run in Swift's concurrency on behalf of a thread.
final class HTTPTask {
  private let server: NetbootServer
  private let group: ServiceGroup
  private let ended: EventSignal
  private let post: @Sendable (Appliance.Message) -> Void

  init(
    content: NetbootContent, port: Int, board: StatusBoard, logger: Logger,
    post: @escaping @Sendable (Appliance.Message) -> Void
  ) throws {
    let server = try NetbootServer(
      port: port, content: content, status: { board.json }, metrics: { board.metrics },
      events: { post(.http($0)) }, logger: logger)
    let ended = try EventSignal()
    // Signals are the main thread's business, not the group's.
    var configuration = ServiceGroupConfiguration(services: [HTTPService(server: server)], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(2)
    let group = ServiceGroup(configuration: configuration)
    self.server = server
    self.ended = ended
    self.post = post
    self.group = group
    Task.detached {
      do {
        try await group.run()
        post(.httpEnded(nil))
      } catch {
        post(.httpEnded("\(error)"))
      }
      ended.raise()
    }
  }

  func replace(_ content: NetbootContent) {
    do { try server.replace(content) } catch { post(.httpEnded("\(error)")) }
  }

  /// Ends it; transfers under way get a moment.
  func stop() {
    Task.detached { [group] in await group.triggerGracefulShutdown() }
    _ = try? pollReadable([ended.number], timeout: .seconds(3))
  }
}

private struct HTTPService: Service {
  let server: NetbootServer

  func run() async throws { try await server.run() }
}

/// An `EventFlag` that several owners share.
final class EventSignal: Sendable {
  private let flag: EventFlag

  init() throws(SystemError) { flag = try EventFlag() }

  /// For `poll`.
  var number: Int32 { flag.number }

  func raise() { flag.raise() }
}
