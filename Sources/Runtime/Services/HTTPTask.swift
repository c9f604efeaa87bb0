import Linux
import Logging
import NetbootHTTP

/// The HTTP server, run in Swift's concurrency on behalf of a thread.
final class HTTPTask {
  private let server: NetbootServer
  private let task: Task<Void, Never>
  private let ended: EventSignal
  private let post: @Sendable (Appliance.Message) -> Void

  init(
    content: NetbootContent, port: Int, board: StatusBoard, logger: Logger,
    post: @escaping @Sendable (Appliance.Message) -> Void
  ) throws {
    let server = try NetbootServer(
      port: port, content: content, status: { board.json }, events: { post(.http($0)) }, logger: logger)
    let ended = try EventSignal()
    self.server = server
    self.ended = ended
    self.post = post
    task = Task.detached {
      do {
        try await server.run()
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
    task.cancel()
    _ = try? pollReadable([ended.number], timeout: .seconds(3))
  }
}

/// An `EventFlag` that several owners share.
final class EventSignal: Sendable {
  private let flag: EventFlag

  init() throws(SystemError) { flag = try EventFlag() }

  /// For `poll`.
  var number: Int32 { flag.number }

  func raise() { flag.raise() }
}
