import Testing

@testable import ISCSI

/// An initiator that knows the state of its session, and mostly does what it may: so its commands run, its data comes
/// in the order asked for, and what it does wrong meets tasks at work.
struct SessionFuzzer {
  private static let depth = 8
  private var random: SeededGenerator
  private var connections: [FullFeaturePhase] = []
  private var texts: [TextExchange] = []
  private var statSN: [UInt32] = []
  private var maxCmdSN: UInt32 = 0
  /// What the open R2T of a task asks for by its tag.
  private var transfers: [UInt32: UInt32] = [:]
  private var nextTag: UInt32 = 0
  private var now: UInt64 = 0
  /// How often what was deep was reached.
  private(set) var reached: [String: Int] = [:]

  init(_ random: SeededGenerator) {
    self.random = random
    begin()
  }

  /// A new session with one to four connections.
  private mutating func begin() {
    let first: UInt32 = random.once(in: 2) ? 100 : .max - 3
    let shared = Int.random(in: 1...4, using: &random)
    var parameters = OperationalParameters()
    parameters.initialR2T = random.once(in: 3)
    parameters.immediateData = !random.once(in: 4)
    parameters.firstBurstLength = random.pick([512, 4096])
    parameters.maximumBurstLength = random.pick([512, 8192])
    parameters.initiatorMaximumDataLength = 4096
    parameters.maximumConnections = shared
    let login = EstablishedLogin(
      identity: LoginIdentity(
        initiatorName: "iqn.a", type: random.once(in: 20) ? .discovery : .normal, isid: ISID(1)),
      tsih: 1, parameters: parameters,
      numbers: SequenceNumbers(statSN: 10, expCmdSN: first, maxCmdSN: first), queueDepth: Self.depth)
    connections = (0..<shared).map { _ in FullFeaturePhase(login: login) }
    texts = (0..<shared).map { _ in
      TextExchange(targetName: "iqn.x", portals: ["192.0.2.1:3260,1"], type: login.identity.type)
    }
    statSN = connections.map(\.statSN)
    maxCmdSN = connections[0].window.maxCmdSN
    transfers = [:]
  }

  /// One PDU, and some of what the target does about it.
  mutating func step() {
    let index = Int.random(in: 0..<connections.count, using: &random)
    var bytes = request(on: index)
    if random.once(in: 6) { bytes = mutate(bytes, &random) }
    let additional: [UInt8] = random.once(in: 30) ? [0, 5, 2, 0, 0, 0, 1, 0] : []
    let event = additional.withUnsafeBytes { extra in
      withHeader(bytes) { connections[index].receive($0, additional: extra) }
    }
    guard let event else { return }
    handle(event, on: index)
    // The connection may be gone by now.
    serve(random.once(in: 2) && index < connections.count ? index : 0)
    check()
  }

  private mutating func request(on index: Int) -> [UInt8] {
    let phase = connections[index]
    let cmdSN = phase.window.expCmdSN &+ (random.once(in: 12) ? random.pick([1, 2, .max, 100]) : 0)
    let active = (0..<phase.slotCount).filter { phase[$0].isActive }
    let known = active.isEmpty ? 0 : phase[random.pick(active)].initiatorTaskTag
    nextTag &+= 1
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<7:
      var command = SCSICommandPDU(
        initiatorTaskTag: random.once(in: 20) ? known : nextTag, cmdSN: cmdSN, cdb: .init([0x2A]))
      command.isImmediate = random.once(in: 8)
      command.isWrite = !random.once(in: 3)
      command.isRead = !command.isWrite || random.once(in: 20)
      command.isFinal = random.once(in: 2)
      command.expectedLength = random.pick([0, 1, 512, 4096, 5000, 20_000, .max])
      command.dataLength = random.pick([0, 0, 512, 4096, 5000])
      command.lun = random.pick([0, 0, 0, 1 << 48])
      return pdu { command.encode(to: $0) }
    case 7..<15:
      let slot = active.first { phase[$0].awaitsData } ?? active.first ?? 0
      let task = phase[slot]
      let isOpen = task.unsolicitedIsOpen
      var data = DataOutPDU(
        initiatorTaskTag: task.initiatorTaskTag,
        targetTransferTag: isOpen ? reservedTag : transfers[task.initiatorTaskTag] ?? reservedTag,
        dataSN: task.nextDataOutSN, bufferOffset: UInt32(truncatingIfNeeded: task.received),
        dataLength: isOpen
          ? random.pick([1, 512, 4096])
          : min(random.pick([512, 4096, 8192]), max(0, task.solicited - task.received)))
      data.isFinal = isOpen ? random.once(in: 3) : task.received + data.dataLength >= task.solicited
      if random.once(in: 16) { data.bufferOffset &+= random.pick([512, .max, 1 << 31]) }
      if random.once(in: 16) { data.dataLength = random.pick([0, 0xff_ffff]) }
      return pdu { data.encode(to: $0) }
    case 15:
      var ping = NOPOutPDU(initiatorTaskTag: random.once(in: 3) ? reservedTag : nextTag, cmdSN: cmdSN)
      ping.isImmediate = random.once(in: 2)
      ping.targetTransferTag = random.pick([reservedTag, 1, 2])
      return pdu { ping.encode(to: $0) }
    case 16:
      var text = TextRequestPDU(initiatorTaskTag: nextTag, cmdSN: cmdSN)
      text.isContinued = random.once(in: 3)
      text.targetTransferTag = random.pick([reservedTag, 1])
      return pdu { text.encode(to: $0) }
    case 17, 18:
      var request = TaskManagementRequestPDU(
        function: random.pick([
          .abortTask, .abortTask, .abortTaskSet, .clearTaskSet, .logicalUnitReset, .clearACA,
        ]),
        initiatorTaskTag: nextTag, cmdSN: cmdSN)
      request.isImmediate = random.once(in: 2)
      request.referencedTaskTag = known
      request.refCmdSN = cmdSN
      request.lun = random.pick([0, 0, 1 << 48])
      return pdu { request.encode(to: $0) }
    default:
      let logout = LogoutRequestPDU(reason: .closeConnection, initiatorTaskTag: nextTag, cmdSN: cmdSN)
      return pdu { logout.encode(to: $0) }
    }
  }

  private mutating func handle(_ event: FullFeatureEvent, on index: Int) {
    switch event {
    case .command(let slot, let immediate):
      if immediate > connections[index][slot].expectedDataOut { Issue.record("too much immediate data") }
      connections[index].demand(slot, upTo: random.pick([0, 512, 5000, 100_000]))
    case .data(let slot, let offset, let length):
      count("data in order")
      if offset + length > connections[index][slot].expectedDataOut { Issue.record("data beyond the end") }
    case .badData(let slot):
      count("bad data")
      if !connections[index][slot].isActive { Issue.record("bad data of no task") }
    case .ping(let ping): take(connections[index].nopIn(answering: ping).numbers, on: index)
    case .text(let request):
      let data = mutate(text([random.pick(["SendTargets=All", "SendTargets=", "X=1"])]), &random)
      let limit = random.pick([1, 16, 4096])
      let answer = data.withUnsafeBytes { texts[index].receive(request, data: $0, limit: limit) }
      if case .respond(let text, _, _) = answer, text.count > limit { Issue.record("too long a text") }
      take(connections[index].textResponse(to: request).numbers, on: index)
    case .taskManagement(let request):
      carryOut(connections[index].plan(request), on: index)
      take(connections[index].taskManagementResponse(.complete, to: request).numbers, on: index)
    case .logout(let request):
      take(connections[index].logoutResponse(.closed, to: request).numbers, on: index)
      if random.once(in: 8) { drop(index) }
    case .reject(let reason): take(connections[index].reject(reason).numbers, on: index)
    case .fail: drop(index)
    case .wait: count("waits for another connection")
    case .ignore: break
    }
    if index < connections.count { share(index) }
  }

  private mutating func carryOut(_ plan: FullFeaturePhase.TaskManagementPlan, on index: Int) {
    switch plan {
    case .answer: break
    case .abortTask(let slot):
      count("task aborted")
      connections[index].abort(slot)
    case .abortTaskSet(let lun): abort(on: index) { $0.lun == lun }
    case .clearTaskSet(let lun), .resetUnit(let lun):
      for other in connections.indices { abort(on: other) { $0.lun == lun } }
    case .resetTarget: for other in connections.indices { abort(on: other) { _ in true } }
    }
  }

  private mutating func abort(on index: Int, _ isMeant: (TaskSlot) -> Bool) {
    for slot in 0..<connections[index].slotCount where connections[index][slot].isActive {
      if isMeant(connections[index][slot]) { connections[index].abort(slot) }
    }
    share(index)
  }

  /// A connection ends with its tasks; the last one ends the session.
  private mutating func drop(_ index: Int) {
    abort(on: index) { _ in true }
    guard connections.count > 1 else { return begin() }
    count("connection dropped from a session")
    connections.remove(at: index)
    texts.remove(at: index)
    statSN.remove(at: index)
  }

  /// Goes on with one task: an R2T, Data-In, or its end.
  private mutating func serve(_ index: Int) {
    let active = (0..<connections[index].slotCount).filter { connections[index][$0].isActive }
    now += random.once(in: 50) ? 20_000_000_000 : 1_000_000
    if case .ping(let tag) = connections[index].tick(at: now) {
      count("ping sent")
      _ = connections[index].nopIn(pinging: tag)
    }
    connections[index].heard(at: now)
    guard !active.isEmpty else { return }
    let slot = random.pick(active)
    let task = connections[index][slot]
    if let transfer = connections[index].readyToTransfer(slot) {
      count("R2T")
      transfers[transfer.initiatorTaskTag] = transfer.targetTransferTag
      let end = Int(transfer.bufferOffset) + Int(transfer.desiredLength)
      if transfer.desiredLength == 0 || end > task.expectedDataOut { Issue.record("R2T \(transfer)") }
    } else if !task.awaitsData, task.sent < min(task.expectedDataIn, 30_000) {
      let left = task.expectedDataIn - task.sent
      let length = min(left, connections[index].dataInLimit(slot), random.pick([1, 512, 4096]))
      let isLast = length == left
      let data = connections[index].dataIn(
        slot, length: length, isLast: isLast, good: isLast ? Residual.none : nil)
      if isLast { take(data.numbers, on: index) }
    } else if !task.awaitsData {
      take(connections[index].response(slot, status: 0, residual: .none).numbers, on: index)
    }
    share(index)
  }

  private mutating func take(_ numbers: SequenceNumbers, on index: Int) {
    if numbers.statSN != statSN[index] { Issue.record("StatSN \(numbers.statSN), not \(statSN[index])") }
    statSN[index] = numbers.statSN &+ 1
  }

  private mutating func share(_ index: Int) {
    for other in connections.indices { connections[other].adopt(connections[index].window) }
  }

  private mutating func count(_ what: String) { reached[what, default: 0] += 1 }

  private mutating func check() {
    let window = connections[0].window
    var holding = 0
    for phase in connections {
      for slot in 0..<phase.slotCount where phase[slot].isActive {
        let task = phase[slot]
        if !task.isImmediate { holding += 1 }
        if task.received > task.expectedDataOut || task.solicited > max(task.expectedDataOut, task.received) {
          Issue.record("\(task)")
        }
      }
    }
    if window.outstanding != holding || holding > Self.depth {
      Issue.record("\(holding) commands hold \(window.outstanding) places")
    }
    if comesAfter(maxCmdSN, window.maxCmdSN) { Issue.record("MaxCmdSN went back") }
    maxCmdSN = window.maxCmdSN
  }
}

@Suite struct SessionFuzzTests {
  @Test func aSessionKeepsItsNumbersWhateverComes() {
    var fuzzer = SessionFuzzer(fuzzGenerator(31))
    let count = fuzzExecutions(20_000)
    for _ in 0..<count { fuzzer.step() }
    for deep in [
      "data in order", "bad data", "R2T", "task aborted", "waits for another connection", "ping sent",
    ] {
      #expect(fuzzer.reached[deep, default: 0] > count / 2000, "\(deep)")
    }
  }
}
