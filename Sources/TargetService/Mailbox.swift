import Linux
import Synchronization

/// What one thread asks of a ring thread.
enum Message: Sendable {
  /// End the connection if it has not logged in: another one needs its place.
  case makeRoom(ConnectionID)
  /// Serve this connected socket, from which so much has been read.
  case adopt(socket: Int32, received: [UInt8])
  /// End the session: its initiator has logged in anew, or the target was reset.
  case endSession(tsih: UInt16, reason: String)
  /// The session that a login waited for is gone.
  case decideAgain(ConnectionID)
  /// Abort tasks of this thread's sessions.
  case abortTasks(TaskAbort)
  /// End what is under way at the blocks of a unit.
  case quiesce(Quiescence)
  /// All tasks that a task management function aborts have ended.
  case taskManagementDone(ConnectionID, token: Int)
  /// A blocking operation has ended, with 0 or an errno.
  case blockingDone(request: Int, errno: Int32)
  /// The flush that others wait for, too, is to begin.
  case flushTurn(request: Int)
  /// So many parked writes to the unit have been let through.
  case gateOpened(UnitBackend, writes: Int)
  /// Ask initiators to log out within so many seconds, and end each connection once its commands have.
  case drain(seconds: UInt16)
  /// End every connection now.
  case quit
}

/// A connection that may be gone by the time it is asked for.
struct ConnectionID: Hashable, Sendable {
  var thread: Int
  var index: Int
  var serial: UInt64
}

/// Messages for a ring thread, with an event descriptor that wakes it.
final class Mailbox: Sendable {
  private let messages = Mutex<[Message]>([])
  private let flag: EventFlag

  init() throws(SystemError) { flag = try EventFlag() }

  /// Readable when there are messages.
  var descriptor: Int32 { flag.number }

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    flag.raise()
  }

  func takeAll() -> [Message] {
    flag.lower()
    return messages.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
