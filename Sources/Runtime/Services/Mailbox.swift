import Linux
import Synchronization

/// Messages from any thread to the one that polls `number`.
public final class Mailbox<Message: Sendable>: Sendable {
  private let waiting = Mutex<[Message]>([])
  private let flag: EventFlag

  public init() throws(SystemError) { flag = try EventFlag() }

  /// For `poll`: readable while messages wait.
  public var number: Int32 { flag.number }

  public func post(_ message: Message) {
    waiting.withLock { $0.append(message) }
    flag.raise()
  }

  /// Takes all waiting messages, oldest first.
  public func take() -> [Message] {
    flag.lower()
    return waiting.withLock { messages in
      defer { messages = [] }
      return messages
    }
  }
}
