/// One file on its way to one client: pure decisions, fed by `TFTPServer`.
public struct TFTPTransfer: Sendable {
  public typealias Instant = ContinuousClock.Instant

  public enum Action: Hashable, Sendable {
    case send(TFTPPacket)
    /// The transfer is over.
    case finish(Outcome)
  }

  public enum Outcome: Hashable, Sendable {
    case completed
    /// The client only wanted to know the size; UEFI and ROMs do so before the real transfer.
    case probed
    /// The client gave up, for this reason.
    case aborted(TFTPErrorCode, String)
    /// The client fell silent.
    case timedOut
  }

  /// Attempts to send one window, with pauses that double up to `longestPause`.
  static let attempts = 7
  static let longestPause = Duration.seconds(8)

  public let parameters: TFTPParameters
  /// When `expire` wants to be called.
  public private(set) var deadline: Instant
  private let content: [UInt8]
  /// Number of blocks; the last one is short, perhaps empty.
  private let lastBlock: Int
  /// Blocks the client has; -1 as long as it has not answered the OACK. Absolute, where packets carry 16 bits.
  private var acknowledged: Int
  private var sent: Int
  /// Whether the blocks after `acknowledged` were already sent again because of a repeated ACK.
  private var hasRewound = false
  private var attempt = 1

  /// - Parameter mtu: of the interface towards the client.
  public init(request: TFTPRequest, content: [UInt8], mtu: Int, now: Instant) {
    self.content = request.mode == "netascii" ? TFTPTransfer.netascii(content) : content
    parameters = TFTPParameters(options: request.options, fileSize: self.content.count, mtu: mtu)
    lastBlock = self.content.count / parameters.blockSize + 1
    acknowledged = parameters.granted.isEmpty ? 0 : -1
    sent = acknowledged
    deadline = now + parameters.timeout
  }

  /// Bytes the client has for sure.
  public var bytesAcknowledged: Int { min(max(acknowledged, 0) * parameters.blockSize, content.count) }

  /// Size of the file as sent.
  public var size: Int { content.count }

  /// The first packets. Call once.
  public mutating func start(now: Instant) -> [Action] { sendWindow(now: now) }

  /// Takes a packet of this client.
  public mutating func receive(_ packet: TFTPPacket, now: Instant) -> [Action] {
    switch packet {
    case .acknowledge(let block): return acknowledge(block, now: now)
    case .error(let code, let message):
      return [.finish(acknowledged <= 0 ? .probed : .aborted(code, message))]
    // A repeated request is answered by the repetition of what was sent.
    case .read, .write, .data, .optionAcknowledge: return []
    }
  }

  /// The client closed its port without a word.
  ///
  /// Some do so after a look at the size, and some after the last block, whose ACK they think needless.
  public func peerIsGone() -> [Action] {
    if acknowledged <= 0 && sent < lastBlock { return [.finish(.probed)] }
    return [.finish(sent == lastBlock ? .completed : .aborted(.undefined, "it closed its port"))]
  }

  /// Call when `deadline` is over.
  public mutating func expire(now: Instant) -> [Action] {
    guard now >= deadline else { return [] }
    attempt += 1
    guard attempt <= TFTPTransfer.attempts else { return [.finish(.timedOut)] }
    sent = acknowledged
    return sendWindow(now: now)
  }

  private mutating func acknowledge(_ block: UInt16, now: Instant) -> [Action] {
    // Where the 16 bits stand relative to what the client is known to have; beyond what was sent is nonsense.
    let advance = Int(block &- UInt16(truncatingIfNeeded: acknowledged))
    guard acknowledged + advance <= sent else { return [] }
    if advance == 0 {
      // In lock step a repeated ACK is an echo (RFC 1123 4.2.3.1); in a window it tells, once, of a gap.
      guard parameters.windowSize > 1, !hasRewound, sent > acknowledged else { return [] }
      hasRewound = true
    } else {
      acknowledged += advance
      attempt = 1
      hasRewound = acknowledged < sent
    }
    if acknowledged == lastBlock { return [.finish(.completed)] }
    sent = acknowledged
    return sendWindow(now: now)
  }

  private mutating func sendWindow(now: Instant) -> [Action] {
    let doublings = min(attempt - 1, 8)
    let pause = parameters.timeout * (1 << doublings)
    deadline = now + min(pause, max(TFTPTransfer.longestPause, parameters.timeout))
    guard acknowledged >= 0 else {
      sent = 0
      return [.send(.optionAcknowledge(parameters.granted))]
    }
    let first = sent + 1
    sent = min(sent + parameters.windowSize, lastBlock)
    guard first <= sent else { return [] }
    return (first...sent).map { block in
      let start = (block - 1) * parameters.blockSize
      let end = min(start + parameters.blockSize, content.count)
      return .send(.data(block: UInt16(truncatingIfNeeded: block), bytes: Array(content[start..<end])))
    }
  }

  /// Line ends of the network virtual terminal (RFC 764): LF is CR LF, CR is CR NUL.
  private static func netascii(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 16)
    for byte in bytes {
      switch byte {
      case 10: result += [13, 10]
      case 13: result += [13, 0]
      default: result.append(byte)
      }
    }
    return result
  }
}
