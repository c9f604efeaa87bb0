import Linux

/// What happened to a request, for the console and the status page.
public struct TFTPEvent: Hashable, Sendable, CustomStringConvertible {
  public enum Step: Hashable, Sendable {
    /// Size in bytes.
    case started(size: Int)
    /// Bytes and the time they took.
    case completed(size: Int, duration: Duration)
    /// The client looked at the size and went away: no failure.
    case probed
    case notFound
    /// The client gave up, for this reason.
    case aborted(String)
    /// The client fell silent after so many bytes.
    case timedOut(bytes: Int)
    /// It could not be served, for this reason.
    case refused(String)
  }

  public let client: IPv4Address
  /// Normalized, or as the client wrote it where that is impossible; at most 128 scalars of it.
  public let path: String
  public let step: Step

  public init(client: IPv4Address, path: String, step: Step) {
    self.client = client
    self.path = Self.shortened(path)
    self.step =
      switch step {
      case .aborted(let reason): .aborted(Self.shortened(reason))
      case .refused(let reason): .refused(Self.shortened(reason))
      default: step
      }
  }

  /// What clients write may fill a packet of 64 KiB. Scalars: a single character may, too.
  private static func shortened(_ text: String) -> String { String(text.unicodeScalars.prefix(128)) }

  public var description: String {
    switch step {
    case .started(let size): "\(client) fetches \(path) (\(size) bytes) by TFTP"
    case .completed(let size, let duration):
      "\(client) has \(path) (\(size) bytes) after \(TFTPEvent.milliseconds(duration)) ms"
    case .probed: "\(client) asked for the size of \(path)"
    case .notFound: "\(client) asked for \(path), which is not there"
    case .aborted(let reason): "\(client) gave up \(path): \(reason)"
    case .timedOut(let bytes): "\(client) fell silent while fetching \(path), after \(bytes) bytes"
    case .refused(let reason): "\(client) does not get \(path): \(reason)"
    }
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds &* 1000 &+ attoseconds / 1_000_000_000_000_000
  }
}
