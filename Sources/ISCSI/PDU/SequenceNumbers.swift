/// The three counters that go with almost every PDU from the target (RFC 7143 4.2.2).
public struct SequenceNumbers: Hashable, Sendable {
  public var statSN: UInt32
  public var expCmdSN: UInt32
  public var maxCmdSN: UInt32

  public init(statSN: UInt32, expCmdSN: UInt32, maxCmdSN: UInt32) {
    self.statSN = statSN
    self.expCmdSN = expCmdSN
    self.maxCmdSN = maxCmdSN
  }

  @inline(__always) init(_ bytes: UnsafeRawPointer) {
    self.init(statSN: bytes.big32(24), expCmdSN: bytes.big32(28), maxCmdSN: bytes.big32(32))
  }

  @inline(__always) func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.putBig(statSN, at: 24)
    bytes.putBig(expCmdSN, at: 28)
    bytes.putBig(maxCmdSN, at: 32)
  }
}

/// Serial number arithmetic (RFC 1982): whether `a` comes after `b`.
@inline(__always) func comesAfter(_ a: UInt32, _ b: UInt32) -> Bool {
  Int32(bitPattern: a &- b) > 0
}

/// What was transferred less, or would have been transferred more, than the initiator expected (11.4.5).
public enum Residual: Hashable, Sendable {
  case none
  case underflow(UInt32)
  case overflow(UInt32)

  /// Compares what the initiator expects with what the command wants to transfer.
  @inline(__always) public init(expected: Int, wanted: Int) {
    if wanted < expected {
      self = .underflow(UInt32(clamping: expected - wanted))
    } else if wanted > expected {
      self = .overflow(UInt32(clamping: wanted - expected))
    } else {
      self = .none
    }
  }

  /// The bits O (04h) and U (02h) of byte 1.
  @inline(__always) var flags: UInt8 {
    switch self {
    case .none: 0
    case .overflow: 0x04
    case .underflow: 0x02
    }
  }

  @inline(__always) var count: UInt32 {
    switch self {
    case .none: 0
    case .overflow(let count), .underflow(let count): count
    }
  }

  @inline(__always) init(flags: UInt8, count: UInt32) {
    self =
      flags & 0x04 != 0 ? .overflow(count) : flags & 0x02 != 0 ? .underflow(count) : .none
  }
}
