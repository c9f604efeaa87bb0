import ISCSI
import Testing

/// A session of an initiator that cannot run here, played as it is documented: each login request with its keys in
/// their order, each command with the data that goes along unasked.
final class ReplayedSession {
  private let wire: ISCSIInitiator
  /// What the initiator counts by its own: the next login request's, then the next command's.
  var cmdSN: UInt32
  private let isid: UInt64
  private let taskTag: UInt32
  /// Whether the login requests carry the I bit: FreeBSD and open-iscsi set it.
  private let isLoginImmediate: Bool
  private var statSN: UInt32?
  private var nextTag: UInt32 = 1
  private(set) var tsih: UInt16 = 0

  init(
    _ target: ISCSITarget, isid: UInt64, cmdSN: UInt32, loginTag: UInt32 = 0, isLoginImmediate: Bool = true
  ) throws {
    wire = try ISCSIInitiator(target, name: "", isid: isid)
    self.isid = isid
    self.cmdSN = cmdSN
    taskTag = loginTag
    self.isLoginImmediate = isLoginImmediate
  }

  func close() { wire.close() }

  /// One login request and its answer, which has the next StatSN and the stages asked for.
  ///
  /// - Returns: the keys of the answer, as `key=value`, in their order.
  func login(_ stage: LoginStage, to next: LoginStage?, _ keys: [String]) throws -> [String] {
    try login(stage, wanting: next, granted: next, keys)
  }

  /// The same where T is asked for and not to be granted yet.
  func login(
    _ stage: LoginStage, wanting next: LoginStage?, granted: LoginStage?, _ keys: [String]
  ) throws -> [String] {
    var request = LoginRequestPDU(initiatorTaskTag: taskTag, cmdSN: cmdSN)
    request.currentStage = stage
    request.nextStage = next
    request.wantsTransit = next != nil
    request.isid = ISID(isid)
    request.expStatSN = statSN.map { $0 &+ 1 } ?? 0
    let data: [UInt8] = keys.flatMap { Array($0.utf8) + [0] }
    request.dataLength = data.count
    let isImmediate = isLoginImmediate
    try wire.send(data) { bytes in
      request.encode(to: bytes)
      if !isImmediate { bytes.storeBytes(of: 0x03, as: UInt8.self) }
    }
    let (header, text) = try wire.receive()
    let response = try #require(header.withUnsafeBytes { BasicHeader($0).map { LoginResponsePDU($0) } })
    #expect(response.status == .success && response.isid == request.isid && !response.isContinued)
    #expect(response.initiatorTaskTag == taskTag && response.currentStage == stage)
    #expect(response.nextStage == granted, "\(keys)")
    if let statSN { #expect(response.numbers.statSN == statSN &+ 1) }
    statSN = response.numbers.statSN
    #expect(response.numbers.expCmdSN == cmdSN)
    tsih = response.tsih
    if next == .fullFeature { #expect(tsih != 0) }
    return text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A text request that is not immediate, and the keys of its answer.
  func text(_ keys: [String]) throws -> [String] {
    var request = TextRequestPDU(initiatorTaskTag: takeTag(), cmdSN: takeNumber())
    let data: [UInt8] = keys.flatMap { Array($0.utf8) + [0] }
    request.dataLength = data.count
    try wire.send(data) { request.encode(to: $0) }
    let (header, text) = try wire.receive()
    let response = try #require(header.withUnsafeBytes { BasicHeader($0).map { TextResponsePDU($0) } })
    #expect(response.isFinal && response.targetTransferTag == reservedTag)
    follow(response.numbers)
    return text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// A ping and its answer, which has the data sent.
  func ping(tag: UInt32, _ data: [UInt8] = []) throws {
    var ping = NOPOutPDU(initiatorTaskTag: tag, cmdSN: cmdSN)
    ping.dataLength = data.count
    try wire.send(data) { ping.encode(to: $0) }
    let (header, answer) = try wire.receive()
    let response = try #require(header.withUnsafeBytes { BasicHeader($0).map { NOPInPDU($0) } })
    #expect(response.initiatorTaskTag == tag && response.targetTransferTag == reservedTag && answer == data)
    follow(response.numbers)
  }

  /// Closes the session; the target closes the connection.
  func logout() throws {
    let request = LogoutRequestPDU(reason: .closeSession, initiatorTaskTag: takeTag(), cmdSN: cmdSN)
    try wire.send { request.encode(to: $0) }
    let response = try wire.receive { LogoutResponsePDU($0) }
    #expect(response.outcome == .closed)
    follow(response.numbers)
    #expect(wire.isClosedByTarget())
  }

  /// How a command ended.
  struct Answer {
    var status: UInt8 = 0
    var dataIn: [UInt8] = []
    /// Sense key, code and qualifier as `0x052400`; 0 without sense data.
    var sense: UInt32 = 0
    var residual = Residual.none
    /// What the R2Ts asked for.
    var asked: [Range<Int>] = []

    var isGood: Bool { status == 0 }
  }

  /// Carries a command out.
  ///
  /// - Parameters:
  ///   - immediate: bytes of `dataOut` that go along with the command.
  ///   - unsolicited: bytes that follow without an R2T, in PDUs of `segment`.
  func command(
    _ cdb: [UInt8], lun: UInt64 = 0, read: Int = 0, dataOut: [UInt8] = [], immediate: Int = 0,
    unsolicited: Int = 0, segment: Int = 65_536
  ) throws -> Answer {
    let tag = takeTag()
    var command = SCSICommandPDU(initiatorTaskTag: tag, cmdSN: takeNumber(), cdb: CommandDescriptorBlock(cdb))
    command.lun = lun << 48
    command.isRead = read > 0
    command.isWrite = !dataOut.isEmpty
    command.isFinal = unsolicited == 0
    command.expectedLength = UInt32(max(read, dataOut.count))
    command.dataLength = immediate
    try wire.send(Array(dataOut.prefix(immediate))) { command.encode(to: $0) }
    try send(dataOut, immediate..<immediate + unsolicited, tag: tag, transfer: reservedTag, segment)
    var answer = Answer()
    while true {
      let (header, data) = try wire.receive()
      let ended = try header.withUnsafeBytes { bytes in
        try BasicHeader(bytes).map { header in
          try take(header, data, tag: tag, into: &answer) { range, transfer in
            try send(dataOut, range, tag: tag, transfer: transfer, segment)
          }
        }
      }
      if ended != false { return answer }
    }
  }

  /// Takes a PDU about a command.
  ///
  /// - Returns: whether the command has ended.
  private func take(
    _ header: BasicHeader, _ data: [UInt8], tag: UInt32, into answer: inout Answer,
    send: (Range<Int>, UInt32) throws -> Void
  ) throws -> Bool {
    #expect(header.initiatorTaskTag == tag)
    switch header.opcode {
    case .readyToTransfer:
      let transfer = ReadyToTransferPDU(header)
      #expect(transfer.r2tSN == UInt32(answer.asked.count))
      // Not used up: the StatSN of the next status.
      #expect(transfer.numbers.statSN == (statSN ?? 0) &+ 1)
      let start = Int(transfer.bufferOffset)
      let range = start..<start + Int(transfer.desiredLength)
      answer.asked.append(range)
      try send(range, transfer.targetTransferTag)
      return false
    case .dataIn:
      let pdu = DataInPDU(header)
      #expect(Int(pdu.bufferOffset) == answer.dataIn.count)
      answer.dataIn += data
      guard pdu.hasStatus else { return false }
      #expect(pdu.status == 0)
      answer.residual = pdu.residual
      follow(pdu.numbers)
    default:
      let response = SCSIResponsePDU(header)
      #expect(header.opcode == .scsiResponse)
      answer.status = response.status
      answer.residual = response.residual
      follow(response.numbers)
      // Behind two bytes of length: fixed format has key and codes at 2, 12 and 13, descriptor format at 1 to 3.
      if data.count > 15 {
        let places = data[2] & 0x7f >= 0x72 ? [3, 4, 5] : [4, 14, 15]
        answer.sense = UInt32(data[places[0]] & 0x0f) << 16
        answer.sense |= UInt32(data[places[1]]) << 8 | UInt32(data[places[2]])
      }
    }
    return true
  }

  private func send(_ data: [UInt8], _ range: Range<Int>, tag: UInt32, transfer: UInt32, _ segment: Int)
    throws
  {
    var sequence: UInt32 = 0
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(start + segment, range.upperBound)
      var out = DataOutPDU(
        initiatorTaskTag: tag, targetTransferTag: transfer, dataSN: sequence, bufferOffset: UInt32(start),
        dataLength: end - start)
      out.isFinal = end == range.upperBound
      try wire.send(Array(data[start..<end])) { out.encode(to: $0) }
      sequence += 1
      start = end
    }
  }

  private func takeTag() -> UInt32 {
    nextTag += 1
    return nextTag
  }

  private func takeNumber() -> UInt32 {
    cmdSN &+= 1
    return cmdSN &- 1
  }

  /// Every status has the next StatSN.
  private func follow(_ numbers: SequenceNumbers) {
    if let statSN { #expect(numbers.statSN == statSN &+ 1) }
    statSN = numbers.statSN
    #expect(numbers.expCmdSN == cmdSN)
  }
}
