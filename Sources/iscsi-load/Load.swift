import Glibc
import ISCSI

/// Commands of one kind, as many at a time as the depth says, for a while.
struct Load {
  let size: Int
  let depth: Int
  let writes: Bool
  let isRandom: Bool
  /// Size of the unit in blocks of 512 bytes.
  let blocks: UInt64
  private var position: UInt64 = 0
  private var random: UInt64 = 1

  init(size: Int, depth: Int, writes: Bool, isRandom: Bool, blocks: UInt64) {
    self.size = size
    self.depth = depth
    self.writes = writes
    self.isRandom = isRandom
    self.blocks = blocks
  }

  /// Runs the load.
  ///
  /// - Returns: commands per second.
  mutating func run(on initiator: Initiator, seconds: Double) throws -> Double {
    guard blocks >= UInt64(size / 512) else { throw LoadError.unexpected("a unit smaller than one command") }
    let clock = ContinuousClock()
    let start = clock.now
    var completed = 0
    var outstanding = 0
    var tag: UInt32 = 100
    while clock.now - start < .seconds(seconds) {
      while outstanding < depth, initiator.hasWindow, initiator.hasRoom {
        initiator.add(tag: tag, next(), dataIn: writes ? 0 : size, dataOut: writes ? size : 0)
        tag = tag == reservedTag - 1 ? 100 : tag + 1
        outstanding += 1
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
        ended += 1
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
    return CommandDescriptorBlock(
      high: code << 56 | block >> 16, low: (block & 0xFFFF) << 48 | length << 16)
  }
}
