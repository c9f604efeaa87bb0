import Glibc
import ISCSI

/// What is asked of a unit.
struct Workload {
  /// Bytes per command.
  var size: Int
  /// Commands outstanding in each session.
  var depth: Int
  var writes: Bool
  var isRandom: Bool
  var durability: Durability

  /// How writes become stable.
  enum Durability: String, CaseIterable {
    case none
    /// Each write has FUA set.
    case fua
    /// Every sixteen writes are followed by a SYNCHRONIZE CACHE.
    case sync16
  }
}

/// One session's commands, as many at a time as the depth says.
struct Load {
  /// Reads or writes that have ended.
  private(set) var completed = 0
  private(set) var outstanding = 0
  let initiator: Initiator
  private let workload: Workload
  /// Size of the unit in blocks of 512 bytes.
  private let blocks: UInt64
  private var tag = Load.firstTag
  private var position: UInt64 = 0
  private var random: UInt64

  /// - Parameter seed: not 0: sessions with the same one ask for the same blocks.
  init(_ workload: Workload, on initiator: Initiator, seed: UInt64) throws {
    blocks = try initiator.blockCount()
    guard blocks >= UInt64(workload.size / 512) else {
      throw LoadError.unexpected("a unit smaller than one command")
    }
    self.workload = workload
    self.initiator = initiator
    random = seed
  }

  /// Sends as many commands as may be outstanding.
  mutating func fill() throws {
    while outstanding < workload.depth, initiator.hasWindow, initiator.hasRoom {
      initiator.add(
        tag: tag, next(), dataIn: workload.writes ? 0 : workload.size,
        dataOut: workload.writes ? workload.size : 0)
      tag = tag == Load.lastTag ? Load.firstTag : tag + 1
      outstanding += 1
      if workload.durability == .sync16, tag.isMultiple(of: 16), initiator.hasWindow {
        initiator.add(tag: Load.flushTag(tag), Load.synchronize, dataIn: 0, dataOut: 0)
      }
    }
    try initiator.flush()
  }

  private static let firstTag: UInt32 = 100
  private static let lastTag: UInt32 = 0x3FFF_FFFF
  /// Flushes have tags of their own: they do not count.
  private static func flushTag(_ tag: UInt32) -> UInt32 { tag | 0x4000_0000 }
  private static let synchronize = CommandDescriptorBlock([0x35])

  /// Receives once.
  mutating func collect() throws {
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
    completed += ended
    outstanding -= ended
  }

  /// READ (16) or WRITE (16) of the next blocks.
  private mutating func next() -> CommandDescriptorBlock {
    let length = UInt64(workload.size / 512)
    let places = blocks / length
    if workload.isRandom {
      // xorshift: the same places in every run.
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
    } else {
      position = (position + 1) % places
    }
    let block = (workload.isRandom ? random % places : position) * length
    let code: UInt64 = workload.writes ? 0x8A : 0x88
    let flags: UInt64 = workload.durability == .fua ? 0x08 : 0
    return CommandDescriptorBlock(
      high: code << 56 | flags << 48 | block >> 16, low: (block & 0xFFFF) << 48 | length << 16)
  }
}
