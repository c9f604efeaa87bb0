import CCRC32C
import Glibc
import ISCSI
import Linux

/// A session with a target: one connection, everything sent in batches.
final class Initiator {
  let lun: UInt64
  private(set) var framing = Framing(maximumDataLength: Initiator.segment, crc32c: Initiator.crc32c)
  /// Longest data segment that the target takes.
  private(set) var targetSegment = 8192
  /// Longest immediate data.
  private(set) var immediateLimit = 0
  private(set) var cmdSN: UInt32 = 1
  private(set) var maxCmdSN: UInt32 = 1

  /// As fast as the target's own: else digests would measure this side.
  private static var crc32c: CRC32C.Function {
    let hardware: CRC32C.Function = { crc32c_hardware($0, $1, $2) }
    return crc32c_available() != 0 ? hardware : CRC32C.portable
  }

  /// The longest data segment that this side takes.
  static let segment = 262_144
  private let socket: OwnedDescriptor
  var descriptor: Int32 { socket.number }
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4096)
  private var filled = 0
  private var taken = 0
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4096)
  private var pending = 0

  /// - Parameter session: tells this process's sessions apart; below 65,536 (the ISID's qualifier).
  init(
    address: String, port: UInt16, target: String, name: String, session: Int, digests: Bool, lun: Int
  ) throws {
    self.lun = UInt64(lun) << 48
    var endpoint = sockaddr_in()
    endpoint.sin_family = sa_family_t(AF_INET)
    endpoint.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &endpoint.sin_addr) == 1 else {
      throw LoadError.connection("\(address) is no IPv4 address")
    }
    socket = OwnedDescriptor(
      owning: try syscall("make a socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let number = socket.number
    try syscall("connect to \(address):\(port)") {
      withUnsafeBytes(of: &endpoint) { bytes in
        bytes.baseAddress.map {
          connect(number, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        } ?? -1
      }
    }
    var one: Int32 = 1
    setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    try login(target: target, name: name, session: session, digests: digests)
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  private func login(target: String, name: String, session: Int, digests: Bool) throws {
    let digest = digests ? "CRC32C" : "None"
    let pairs = [
      "InitiatorName=\(name)", "TargetName=\(target)", "SessionType=Normal", "HeaderDigest=\(digest)",
      "DataDigest=\(digest)", "MaxRecvDataSegmentLength=\(Initiator.segment)", "InitialR2T=No",
      "ImmediateData=Yes",
      "MaxBurstLength=1048576", "FirstBurstLength=262144", "MaxConnections=1", "MaxOutstandingR2T=1",
      "DataPDUInOrder=Yes", "DataSequenceInOrder=Yes", "ErrorRecoveryLevel=0", "DefaultTime2Wait=2",
      "DefaultTime2Retain=0",
    ]
    let text: [UInt8] = pairs.flatMap { Array($0.utf8) + [0] }
    var request = LoginRequestPDU(initiatorTaskTag: 0, cmdSN: cmdSN)
    request.currentStage = .operational
    request.nextStage = .fullFeature
    request.wantsTransit = true
    request.isid = ISID(0x8000_0000_0000 | UInt64(getpid()) << 16 | UInt64(session))
    request.dataLength = text.count
    append(text.count, encode: request.encode) { $0.copyBytes(from: text) }
    try flush()
    var answer: (LoginResponsePDU, [TextPair])?
    while answer == nil {
      try receive { frame in
        answer = (LoginResponsePDU(frame.header), (try? TextSegment.decode(Array(frame.data))) ?? [])
      }
    }
    guard let (response, answers) = answer, response.status == .success, response.nextStage == .fullFeature
    else {
      throw LoadError.login(answer?.0.status.rawValue ?? 0xFFFF)
    }
    adopt(answers)
    maxCmdSN = response.numbers.maxCmdSN
  }

  private func adopt(_ answers: [TextPair]) {
    func value(_ key: String) -> String? { answers.first { $0.key == key }?.value }
    targetSegment = value("MaxRecvDataSegmentLength").flatMap { Int($0) } ?? 8192
    let firstBurst = value("FirstBurstLength").flatMap { Int($0) } ?? 65_536
    immediateLimit = value("ImmediateData") == "No" ? 0 : min(targetSegment, firstBurst)
    framing.hasHeaderDigest = value("HeaderDigest") == "CRC32C"
    framing.hasDataDigest = value("DataDigest") == "CRC32C"
  }

  /// Whether the target takes another command.
  var hasWindow: Bool { Int32(bitPattern: maxCmdSN &- cmdSN) >= 0 }

  /// Whether another PDU fits into the batch.
  var hasRoom: Bool { output.count - pending > framing.maximumLength }

  func note(_ numbers: SequenceNumbers) {
    if Int32(bitPattern: numbers.maxCmdSN &- maxCmdSN) > 0 { maxCmdSN = numbers.maxCmdSN }
  }

  /// Adds a command to the batch; `dataOut` bytes of it are sent along, as far as they may.
  func add(tag: UInt32, _ cdb: CommandDescriptorBlock, dataIn: Int, dataOut: Int) {
    var command = SCSICommandPDU(initiatorTaskTag: tag, cmdSN: cmdSN, cdb: cdb)
    command.lun = lun
    command.isRead = dataIn > 0
    command.isWrite = dataOut > 0
    command.expectedLength = UInt32(max(dataIn, dataOut))
    command.dataLength = min(dataOut, immediateLimit)
    cmdSN &+= 1
    append(command.dataLength, encode: command.encode)
  }

  /// Adds what an R2T asks for to the batch.
  func answer(_ request: ReadyToTransferPDU) throws {
    var sent = 0
    let wanted = Int(request.desiredLength)
    var number: UInt32 = 0
    while sent < wanted {
      let length = min(targetSegment, wanted - sent, Initiator.segment)
      var data = DataOutPDU(
        initiatorTaskTag: request.initiatorTaskTag, targetTransferTag: request.targetTransferTag,
        dataSN: number,
        bufferOffset: request.bufferOffset &+ UInt32(sent), dataLength: length)
      data.isFinal = sent + length == wanted
      data.lun = lun
      if !hasRoom { try flush() }
      append(length, encode: data.encode)
      number &+= 1
      sent += length
    }
  }

  /// Adds a PDU whose data is whatever lies in the buffer, or what `fill` puts there.
  private func append(
    _ dataLength: Int, encode: (UnsafeMutableRawPointer) -> Void,
    fill: (UnsafeMutableRawBufferPointer) -> Void = { _ in }
  ) {
    guard let base = output.baseAddress else { return }
    encode(base + pending)
    fill(UnsafeMutableRawBufferPointer(start: base + pending + framing.dataOffset, count: dataLength))
    pending += framing.seal(base + pending, dataLength: dataLength)
  }

  /// Sends the batch.
  func flush() throws {
    var sent = 0
    let number = socket.number
    while sent < pending {
      let rest = UnsafeRawBufferPointer(rebasing: output[sent..<pending])
      sent += try syscall("send") { send(number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL)) }
    }
    pending = 0
  }

  /// Receives once and hands out each whole PDU.
  func receive(_ handle: (PDUFrame) throws -> Void) throws {
    if taken == filled {
      taken = 0
      filled = 0
    } else if input.count - filled < framing.maximumLength {
      input.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[taken..<filled]))
      filled -= taken
      taken = 0
    }
    let number = socket.number
    let room = UnsafeMutableRawBufferPointer(rebasing: input[filled...])
    let count = try syscall("receive") { recv(number, room.baseAddress, room.count, 0) }
    guard count > 0 else { throw LoadError.connection("the target closed it") }
    filled += count
    while true {
      switch framing.next(in: UnsafeRawBufferPointer(rebasing: input[taken..<filled])) {
      case .incomplete: return
      case .failed(let failure): throw LoadError.unexpected("a bad PDU: \(failure)")
      case .pdu(let frame):
        taken += frame.length
        try handle(frame)
      }
    }
  }

  /// Asks for the size of the unit, in blocks of 512 bytes.
  func blockCount() throws -> UInt64 {
    let capacity = CommandDescriptorBlock([0x9E, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0])
    var result: UInt64?
    // The first commands may be told of unit attentions.
    for attempt in 0..<8 where result == nil {
      add(tag: UInt32(attempt), capacity, dataIn: 32, dataOut: 0)
      try flush()
      var size: UInt64?
      var isOver = false
      while !isOver {
        try receive { frame in
          if frame.header.opcode == .dataIn, frame.data.count >= 12 {
            size = Initiator.blocks(frame.data)
            let data = DataInPDU(frame.header)
            guard data.hasStatus else { return }
            note(data.numbers)
            // tgtd sends any status with its data, not only GOOD.
            if data.status == 0 { result = size }
            isOver = true
          } else if frame.header.opcode == .scsiResponse {
            let response = SCSIResponsePDU(frame.header)
            note(response.numbers)
            if response.status == 0 { result = size }
            isOver = true
          }
        }
      }
    }
    guard let result else { throw LoadError.unexpected("no answer to READ CAPACITY (16)") }
    return result
  }

  /// The size that READ CAPACITY (16) tells, in blocks of 512 bytes.
  private static func blocks(_ data: UnsafeRawBufferPointer) -> UInt64 {
    let bytes = data.prefix(12).map { UInt64($0) }
    let last = bytes.prefix(8).reduce(0) { $0 << 8 | $1 }
    return (last &+ 1) &* (bytes[8..<12].reduce(0) { $0 << 8 | $1 } / 512)
  }
}
