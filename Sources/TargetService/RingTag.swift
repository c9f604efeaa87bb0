/// What a completion belongs to, in the 64 bits that the ring carries along.
struct RingTag {
  enum Kind: UInt8 {
    case accept = 1
    case mailbox
    case receive
    case send
    case disk
    case cancel
  }

  let rawValue: UInt64

  @inline(__always) init(_ kind: Kind, _ index: Int) {
    rawValue = UInt64(kind.rawValue) << 56 | UInt64(UInt32(truncatingIfNeeded: index))
  }

  @inline(__always) init(rawValue: UInt64) { self.rawValue = rawValue }

  @inline(__always) var kind: Kind? { Kind(rawValue: UInt8(truncatingIfNeeded: rawValue >> 56)) }
  /// Index of a connection, a listener or a disk request.
  @inline(__always) var index: Int { Int(UInt32(truncatingIfNeeded: rawValue)) }
}
