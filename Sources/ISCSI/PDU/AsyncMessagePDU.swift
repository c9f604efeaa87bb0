/// Asynchronous Message (RFC 7143 11.9).
public struct AsyncMessagePDU: Hashable, Sendable {
  /// What the target says (11.9.1), as far as this one has anything to say.
  public enum Event: Hashable, Sendable {
    /// The initiator should log out within so many seconds.
    case logoutRequest(seconds: UInt16)
    /// Another event, by its number.
    case other(UInt8)
  }

  public var event: Event
  public var numbers: SequenceNumbers

  public init(event: Event, numbers: SequenceNumbers) {
    self.event = event
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    let bytes = header.bytes
    let code = bytes.byte(36)
    event = code == 1 ? .logoutRequest(seconds: bytes.big16(42)) : .other(code)
    numbers = SequenceNumbers(bytes)
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.asyncMessage, flags: 0x80)
    bytes.putBig(reservedTag, at: 16)
    numbers.encode(to: bytes)
    switch event {
    case .logoutRequest(let seconds):
      bytes.put(1, at: 36)
      bytes.putBig(seconds, at: 42)
    case .other(let code): bytes.put(code, at: 36)
    }
  }
}
