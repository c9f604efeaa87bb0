import Glibc
import ISCSI

/// Commands of one kind, as many at a time as the depth says, for a while.
struct Load {
  let size: Int
  let depth: Int
  let writes: Bool
  let isRandom: Bool
  let durability: Durability
  /// Size of the unit in blocks of 512 bytes.
  let blocks: UInt64
  private var position: UInt64 = 0
  private var random: UInt64 = 1

  /// How writes become stable.
  enum Durability: String, CaseIterable {
    case none
    /// Each write has FUA set.
    case fua
    /// Every sixteen writes are followed by a SYNCHRONIZE CACHE.
    case sync16
  }

  init(size: Int, depth: Int, writes: Bool, isRandom: Bool, durability: Durability, blocks: UInt64) {
    self.size = size
    self.depth = depth
    self.writes = writes
    self.isRandom = isRandom
    self.durability = durability
    self.blocks = blocks
  }

  /// Runs the load.
  ///
  /// - Returns: reads or writes per second.
  mutating func run(on initiator: Initiator, seconds: Double) throws -> Double {
    guard blocks >= UInt64(size / 512) else { throw LoadError.unexpected("a unit smaller than one command") }
    let clock = ContinuousClock()
    let start = clock.now
    var completed = 0
    var outstanding = 0
    var tag = Load.firstTag
    while clock.now - start < .seconds(seconds) {
      while outstanding < depth, initiator.hasWindow, initiator.hasRoom {
        initiator.add(tag: tag, next(), dataIn: writes ? 0 : size, dataOut: writes ? size : 0)
        tag = tag == Load.lastTag ? Load.firstTag : tag + 1
        outstanding += 1
        if durability == .sync16, tag.isMultiple(of: 16), initiator.hasWindow {
          initiator.add(tag: Load.flushTag(tag), Load.synchronize, dataIn: 0, dataOut: 0)
        }
      }
      try initiator.flush()
      let ended = try collect(initiator)
      completed += ended
      outstanding -= ended
    }
    let elapsed = clock.now - start
    while outstanding > 0 { outstanding -= try collect(initiator) }
    return Double(completed)
      / (Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
  }

  private static let firstTag: UInt32 = 100
  private static let lastTag: UInt32 = 0x3FFF_FFFF
  /// Flushes have tags of their own: they do not count.
  private static func flushTag(_ tag: UInt32) -> UInt32 { tag | 0x4000_0000 }
  private static let synchronize = CommandDescriptorBlock([0x35])

  /// Receives once.
  ///
  /// - Returns: number of commands that have ended.
  private func collect(_ initiator: Initiator) throws -> Int {
    var ended = 0
    try initiator.receive { frame in
      switch frame.header.opcode {
      case .dataIn:
        let data = DataInPDU(frame.header)
        guard data.hasStatus else { return }
        guard data.status == 0 else { throw LoadError.commandFailed(data.status) }
        initiator.note(data.numbers)
        ended += 1
      case .scsiResponse:
        let response = SCSIResponsePDU(frame.header)
        guard response.status == 0 else { throw LoadError.commandFailed(response.status) }
        initiator.note(response.numbers)
        if response.initiatorTaskTag <= Load.lastTag { ended += 1 }
      case .readyToTransfer:
        try initiator.answer(ReadyToTransferPDU(frame.header))
        try initiator.flush()
      case .nopIn: break
      default: throw LoadError.unexpected("opcode \(frame.header.bytes.load(as: UInt8.self))")
      }
    }
    return ended
  }

  /// READ (16) or WRITE (16) of the next blocks.
  private mutating func next() -> CommandDescriptorBlock {
    let length = UInt64(size / 512)
    let places = blocks / length
    if isRandom {
      // xorshift: the same places in every run.
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
    } else {
      position = (position + 1) % places
    }
    let block = (isRandom ? random % places : position) * length
    let code: UInt64 = writes ? 0x8A : 0x88
    let flags: UInt64 = durability == .fua ? 0x08 : 0
    return CommandDescriptorBlock(
      high: code << 56 | flags << 48 | block >> 16, low: (block & 0xFFFF) << 48 | length << 16)
  }
}
