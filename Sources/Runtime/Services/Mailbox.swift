import Linux
import Synchronization

/// Messages from any thread to the one that polls `number`.
public final class Mailbox<Message: Sendable>: Sendable {
  private let waiting = Mutex<[Message]>([])
  private let flag: EventFlag

  public init() throws(SystemError) { flag = try EventFlag() }

  /// For `poll`: readable while messages wait.
  public var number: Int32 { flag.number }

  /// - Parameters:
  ///   - limit: where so many wait already, the message is dropped: for what anyone on the network can cause.
  ///   - isUrgent: it is taken before all others.
  public func post(_ message: Message, limit: Int = .max, isUrgent: Bool = false) {
    waiting.withLock { messages in
      guard messages.count < limit else { return }
      messages.insert(message, at: isUrgent ? 0 : messages.count)
    }
    flag.raise()
  }

  /// Takes waiting messages, oldest first, at most `count`.
  public func take(atMost count: Int = .max) -> [Message] {
    flag.lower()
    return waiting.withLock { messages in
      let taken = Array(messages.prefix(count))
      messages.removeFirst(taken.count)
      if !messages.isEmpty { flag.raise() }
      return taken
    }
  }
}
