import Glibc
import ISCSI
import Linux

/// Writes with FUA and without, and flushes, from one initiator; it remembers what it was promised.
struct SynchronizingLoad {
  /// Sectors of the unit; writes are within pieces of `piece` sectors, one at a time for each.
  static let sectors = 4096
  private static let piece = 16

  private let medium: RecordingMedium
  private var random: SeededGenerator
  /// Latest version of each sector that was sent.
  private(set) var sent = [UInt32](repeating: 0, count: sectors)
  /// Oldest version that each sector must have whatever happens.
  private(set) var promised = [UInt32](repeating: 0, count: sectors)
  /// Versions that have their status but no promise.
  private var written: [Int: UInt32] = [:]
  private var outstanding: [UInt32: [Int: UInt32]] = [:]
  private var promising: Set<UInt32> = []

  init(on medium: RecordingMedium, seed: UInt64) {
    self.medium = medium
    random = SeededGenerator(seed)
  }

  /// Loads the target in rounds, and ends in the middle of the last: the target is to be killed then.
  mutating func run(on initiator: ISCSIInitiator, rounds: Int) throws {
    for _ in 0..<rounds {
      try sendBatch(initiator)
      try collect(initiator, leaving: 0)
      // What the kernel's flusher does when it likes: write back early, out of order, and flush nothing.
      if Bool.random(using: &random) { try medium.writeBackSome(&random) }
    }
    try sendBatch(initiator)
    try collect(initiator, leaving: Int.random(in: 0...outstanding.count, using: &random))
    usleep(UInt32.random(in: 0..<3000, using: &random))
    outstanding = [:]
    promising = []
    written = [:]
  }

  private mutating func sendBatch(_ initiator: ISCSIInitiator) throws {
    let pieces = (0..<(Self.sectors / Self.piece)).shuffled(using: &random)
    for piece in pieces.prefix(Int.random(in: 1...8, using: &random)) {
      let start = piece * Self.piece + Int.random(in: 0..<Self.piece, using: &random)
      let range = start..<Int.random(in: (start + 1)...((piece + 1) * Self.piece), using: &random)
      let version = (range.map { sent[$0] }.max() ?? 0) + 1
      for sector in range { sent[sector] = version }
      let isDurable = Int.random(in: 0..<3, using: &random) == 0
      let tag = initiator.cmdSN
      try initiator.start(
        tag: tag, StampedWrite.command(range, durable: isDurable), write: range.count * 512,
        dataOut: StampedWrite.data(range, version: version))
      outstanding[tag] = Dictionary(uniqueKeysWithValues: range.map { ($0, version) })
      if isDurable { promising.insert(tag) }
      // A flush that overtakes some writes promises nothing about them.
      if Int.random(in: 0..<4, using: &random) == 0 { try sendFlush(initiator) }
    }
  }

  private mutating func sendFlush(_ initiator: ISCSIInitiator) throws {
    let tag = initiator.cmdSN
    outstanding[tag] = written
    promising.insert(tag)
    try initiator.start(tag: tag, StampedWrite.synchronize)
  }

  private mutating func collect(_ initiator: ISCSIInitiator, leaving rest: Int) throws {
    while outstanding.count > rest {
      let response = try initiator.receive { SCSIResponsePDU($0) }
      guard response.status == 0, let versions = outstanding.removeValue(forKey: response.initiatorTaskTag)
      else { throw SystemError(errno: EIO, attempt: "write to the target: status \(response.status)") }
      if promising.remove(response.initiatorTaskTag) != nil {
        medium.note(.promised(versions))
        for (sector, version) in versions {
          promised[sector] = max(promised[sector], version)
          if written[sector] == version { written[sector] = nil }
        }
      } else {
        written.merge(versions) { max($0, $1) }
      }
    }
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

extension RecordingMedium {
  /// Has the kernel write back a part of the file, without any flush.
  func writeBackSome(_ random: inout SeededGenerator) throws {
    let file = try OwnedDescriptor(path: path, flags: O_RDWR)
    let start = Int.random(in: 0..<bytes / 4096, using: &random) * 4096
    _ = posix_fadvise(file.number, off_t(start), off_t(bytes / 4), POSIX_FADV_DONTNEED)
  }

  /// The file as programs see it, page cache included.
  func fileContents() throws -> [UInt8] {
    let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
    let number = file.number
    var contents = [UInt8](repeating: 0, count: bytes)
    var done = 0
    while done < bytes {
      let count = try syscall("read \(path)") {
        contents.withUnsafeMutableBytes {
          pread(number, $0.baseAddress.map { $0 + done }, bytes - done, off_t(done))
        }
      }
      guard count > 0 else { throw SystemError(errno: EIO, attempt: "read \(path) to its end") }
      done += count
    }
    return contents
  }
}
