import Glibc
import ISCSI
import Linux

/// Reads, writes and TEST UNIT READY of one block each, sent together: many commands for little work here.
struct CommandBatch {
  private static let reads = 32
  private static let writes = 16
  private static let readies = 16
  static let count = reads + writes + readies
  /// Bytes that the answers have: Data-In with status, and responses.
  private static let answerLength =
    reads * (BasicHeader.length + 512) + (writes + readies) * BasicHeader.length

  private var bytes: [UInt8] = []
  /// Where the PDUs begin.
  private var places: [Int] = []

  init() {
    for number in 0..<Self.count {
      let isRead = number < Self.reads
      let isWrite = !isRead && number < Self.reads + Self.writes
      let cdb: [UInt8] = isRead || isWrite ? [isRead ? 0x28 : 0x2A, 0, 0, 0, 0, UInt8(number), 0, 0, 1] : [0]
      var command = SCSICommandPDU(
        initiatorTaskTag: UInt32(number) + 1, cmdSN: 0, cdb: CommandDescriptorBlock(cdb))
      command.isRead = isRead
      command.isWrite = isWrite
      command.expectedLength = isRead || isWrite ? 512 : 0
      command.dataLength = isWrite ? 512 : 0
      places.append(bytes.count)
      var pdu = [UInt8](repeating: 0, count: BasicHeader.length + command.dataLength)
      pdu.withUnsafeMutableBytes { if let base = $0.baseAddress { command.encode(to: base) } }
      bytes += pdu
    }
  }

  /// Carries the commands out once.
  mutating func run(on initiator: ISCSIInitiator) throws {
    for place in places {
      let number = initiator.takeCommandNumber().bigEndian
      bytes.withUnsafeMutableBytes { $0.storeBytes(of: number, toByteOffset: place + 24, as: UInt32.self) }
    }
    try initiator.sendRaw(bytes)
    let answers = try initiator.receiveExactly(Self.answerLength)
    var position = 0
    while position < answers.count {
      // Status is byte 3 of both; Data-In has S set.
      let isDataIn = answers[position] == Opcode.dataIn.rawValue
      guard answers[position + 3] == 0, !isDataIn || answers[position + 1] & 1 == 1 else {
        throw SystemError(errno: EIO, attempt: "get GOOD for every command")
      }
      position += BasicHeader.length + (isDataIn ? 512 : 0)
    }
  }
}
