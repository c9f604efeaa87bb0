import FoundationEssentials
import Linux
import Synchronization

/// QEMU's control socket (QMP): the machine's power button and plug.
final class Monitor: Sendable {
  private struct Reply: Decodable {
    struct Failure: Decodable { var desc: String }
    var id: Int?
    var error: Failure?
  }

  private struct State {
    var lastID = 0
    var pending: [UInt8] = []
    var replies: [Int: Reply] = [:]
  }

  private let state: Received
  private let socket: LocalSocket

  private final class Received: Sendable {
    let state = Mutex(State())

    func append(_ bytes: UnsafeRawBufferPointer) {
      state.withLock { state in
        state.pending.append(contentsOf: bytes)
        while let end = state.pending.firstIndex(of: 0x0A) {
          let line = state.pending[..<end]
          // Events and the greeting have no id.
          if let reply = try? JSONDecoder().decode(Reply.self, from: Data(line)), let id = reply.id {
            state.replies[id] = reply
          }
          state.pending.removeSubrange(...end)
        }
      }
    }
  }

  init(socketPath: String) async throws {
    let received = Received()
    state = received
    socket = try LocalSocket(path: socketPath) { received.append($0) }
    try await execute("qmp_capabilities")
  }

  private struct Request: Encodable {
    var execute: String
    var arguments: [String: String]
    var id: Int
  }

  /// Gives a command and waits for its answer.
  func execute(_ command: String, arguments: [String: String] = [:]) async throws {
    let id = state.state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
    let request = try JSONEncoder().encode(Request(execute: command, arguments: arguments, id: id))
    try socket.send(Array(request) + [0x0A])
    let reply = try await Deadline(after: .seconds(30)).poll {
      state.state.withLock { $0.replies.removeValue(forKey: id) }
    }
    guard let reply else { throw LabError(.deadlineExceeded, "QEMU did not answer \(command)") }
    if let failure = reply.error { throw LabError(.unexpected, "QEMU refused \(command): \(failure.desc)") }
  }

  func close() { socket.close() }
}
