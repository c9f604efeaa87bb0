/// Command numbering of a session (RFC 7143 4.2.2.1): which CmdSN comes next, and up to which may come.
public struct CommandWindow: Hashable, Sendable {
  /// CmdSN of the next command that is not immediate.
  public private(set) var expCmdSN: UInt32
  /// Commands that may be outstanding.
  public let depth: Int
  /// Commands that are.
  public private(set) var outstanding = 0

  public init(expCmdSN: UInt32, depth: Int) {
    self.expCmdSN = expCmdSN
    self.depth = depth
  }

  /// The last CmdSN that the initiator may use. It never goes back: what `take` consumes, `release` gives back.
  @inline(__always) public var maxCmdSN: UInt32 {
    expCmdSN &+ UInt32(clamping: depth - outstanding) &- 1
  }

  /// What to do with a request that is not immediate.
  public enum Place: Hashable, Sendable {
    /// It is the next one.
    case next
    /// Outside the window, or had before: to be ignored (4.2.2.1).
    case outside
    /// Inside the window, but others are missing before it.
    case early
  }

  @inline(__always) public func place(of cmdSN: UInt32) -> Place {
    if cmdSN == expCmdSN { return outstanding < depth ? .next : .outside }
    return comesAfter(cmdSN, expCmdSN) && !comesAfter(cmdSN, maxCmdSN) ? .early : .outside
  }

  /// Accepts the next request. A SCSI command keeps its place until `release`.
  @inline(__always) mutating func take(holding: Bool) {
    expCmdSN &+= 1
    if holding { outstanding += 1 }
  }

  @inline(__always) mutating func release() {
    if outstanding > 0 { outstanding -= 1 }
  }
}
