/// The full feature phase of a connection (RFC 7143 4.2, 11): numbering, task slots, transfers.
///
/// Command numbering belongs to the session: where it has several connections, the owner carries `window` over from
/// the one that changed it to the others with `adopt`.
///
/// PDUs go in by `receive`; headers to send come out of the functions of `FullFeaturePhase+Responses`. Nothing is
/// allocated after `init` but for text. ExpStatSN is never looked at: at error recovery level 0 nothing depends on
/// it, and firmware initiators count it in ways of their own.
public struct FullFeaturePhase: Sendable {
  public let login: EstablishedLogin
  public private(set) var window: CommandWindow
  public internal(set) var statSN: UInt32
  private var keepAlive = KeepAlive()

  var tasks: [TaskSlot]
  private var free: [Int]

  /// Slots beyond the command window, for immediate commands.
  public static let immediateSlots = 8

  /// - Parameter window: command numbering of the session that the connection joins; nil: it is the first.
  public init(login: EstablishedLogin, window existing: CommandWindow? = nil) {
    self.login = login
    let depth = max(1, min(login.queueDepth, 4096))
    window = existing ?? CommandWindow(expCmdSN: login.numbers.expCmdSN, depth: depth)
    statSN = login.numbers.statSN
    let count = depth + FullFeaturePhase.immediateSlots
    tasks = Array(repeating: TaskSlot(), count: count)
    free = Array((0..<count).reversed())
  }

  /// Takes over the command numbering that another connection of the session has moved on.
  public mutating func adopt(_ window: CommandWindow) { self.window = window }

  /// Whether the initiator has shown that it is more than firmware: only those take asynchronous messages.
  public var takesMessages: Bool { login.identity.type == .normal && keepAlive.knowsPings }

  /// Number of slots: every slot index is below it.
  public var slotCount: Int { tasks.count }

  /// The task in a slot.
  @inline(__always) public subscript(slot: Int) -> TaskSlot { tasks[slot] }

  /// The slot of the active task with that tag.
  public func slot(ofTask tag: UInt32) -> Int? {
    tasks.firstIndex { $0.isActive && $0.initiatorTaskTag == tag }
  }

  var numbers: SequenceNumbers {
    @inline(__always) get {
      SequenceNumbers(statSN: statSN, expCmdSN: window.expCmdSN, maxCmdSN: window.maxCmdSN)
    }
  }

  /// Takes the headers of one PDU; `additional` are its additional header segments.
  public mutating func receive(
    _ header: BasicHeader, additional: UnsafeRawBufferPointer
  ) -> FullFeatureEvent {
    guard let opcode = header.opcode else { return .reject(.commandNotSupported) }
    switch opcode {
    case .scsiCommand: return receiveCommand(SCSICommandPDU(header), additional)
    case .dataOut: return receiveData(DataOutPDU(header))
    case .nopOut:
      let nop = NOPOutPDU(header)
      if nop.initiatorTaskTag == reservedTag {
        // An answer, or a ping without a wish for one: neither takes a place in the sequence (11.18).
        keepAlive.answered(tag: nop.targetTransferTag)
        return .ignore
      }
      keepAlive.peerPinged()
      return sequenced(nop.cmdSN, nop.isImmediate) ?? .ping(nop)
    case .textRequest:
      let text = TextRequestPDU(header)
      return sequenced(text.cmdSN, text.isImmediate) ?? .text(text)
    case .taskManagementRequest:
      let request = TaskManagementRequestPDU(header)
      if let event = sequenced(request.cmdSN, request.isImmediate) { return event }
      // It is about all commands before it, also those that other connections still have to bring (RFC 7143 4.2.3.1).
      if request.isImmediate, isShared, comesAfter(request.cmdSN, window.expCmdSN),
        !comesAfter(request.cmdSN, window.maxCmdSN)
      {
        return .wait
      }
      return login.identity.type == .normal ? .taskManagement(request) : .reject(.protocolError)
    case .logoutRequest:
      let logout = LogoutRequestPDU(header)
      return sequenced(logout.cmdSN, logout.isImmediate) ?? .logout(logout)
    case .snackRequest: return .reject(.snackReject)
    case .loginRequest: return .fail(.loginInFullFeature)
    default: return .fail(.unexpectedOpcode(opcode.rawValue))
    }
  }

  /// Puts a request that is no SCSI command into the sequence; nil: it is its turn.
  private mutating func sequenced(_ cmdSN: UInt32, _ isImmediate: Bool) -> FullFeatureEvent? {
    if isImmediate { return nil }
    switch window.place(of: cmdSN) {
    case .next:
      window.take(holding: false)
      return nil
    case .outside: return .ignore
    case .early: return missing(cmdSN)
    }
  }

  /// Commands before this one are still to come: on other connections, or never.
  private func missing(_ cmdSN: UInt32) -> FullFeatureEvent {
    isShared ? .wait : .fail(.missingCommands(expected: window.expCmdSN, got: cmdSN))
  }

  private var isShared: Bool { login.parameters.maximumConnections > 1 }

  private mutating func receiveCommand(
    _ command: SCSICommandPDU, _ additional: UnsafeRawBufferPointer
  ) -> FullFeatureEvent {
    guard login.identity.type == .normal else { return .reject(.protocolError) }
    if !command.isImmediate {
      switch window.place(of: command.cmdSN) {
      case .next: break
      case .outside: return .ignore
      case .early: return missing(command.cmdSN)
      }
    }
    guard additional.isEmpty || AdditionalHeaders(additional) != nil else {
      return .fail(.badAdditionalHeader)
    }
    guard let slot = free.popLast() else { return .reject(.tooManyImmediateCommands) }
    if !command.isImmediate { window.take(holding: true) }
    return start(command, in: slot)
  }

  @inline(__always)
  private mutating func start(_ command: SCSICommandPDU, in slot: Int) -> FullFeatureEvent {
    let parameters = login.parameters
    var task = TaskSlot()
    task.isActive = true
    task.generation = tasks[slot].generation &+ 1
    task.initiatorTaskTag = command.initiatorTaskTag
    task.lun = command.lun
    task.cmdSN = command.cmdSN
    task.isImmediate = command.isImmediate
    task.attribute = command.attribute
    let expected = Int(command.expectedLength)
    task.expectedDataIn = command.isRead && !command.isWrite ? expected : 0
    task.expectedDataOut = command.isWrite ? expected : 0
    // What exceeds the expected length, or comes with a read, belongs to nothing and is dropped.
    let immediate = parameters.immediateData ? min(command.dataLength, task.expectedDataOut) : 0
    task.received = immediate
    task.solicited = immediate
    task.unsolicitedIsOpen =
      command.isWrite && !command.isFinal && !parameters.initialR2T && immediate < expected
    tasks[slot] = task
    return .command(slot: slot, immediate: immediate)
  }

  private mutating func receiveData(_ data: DataOutPDU) -> FullFeatureEvent {
    let slot: Int
    if data.targetTransferTag == reservedTag {
      guard let found = self.slot(ofTask: data.initiatorTaskTag) else { return .ignore }
      slot = found
    } else {
      slot = Int(data.targetTransferTag & 0xffff)
      // A task that was aborted may still get the data it had asked for.
      guard slot < tasks.count, tasks[slot].isActive, tasks[slot].initiatorTaskTag == data.initiatorTaskTag,
        tasks[slot].generation == UInt16(data.targetTransferTag >> 16)
      else { return .ignore }
    }
    let task = tasks[slot]
    let isExpected = task.unsolicitedIsOpen == (data.targetTransferTag == reservedTag) && task.awaitsData
    // DataPDUInOrder and DataSequenceInOrder are always Yes.
    guard isExpected, !task.hasBadData, Int(data.bufferOffset) == task.received,
      data.dataSN == task.nextDataOutSN,
      data.dataLength <= limit(of: task) - task.received
    else {
      tasks[slot].hasBadData = true
      if data.isFinal {
        tasks[slot].unsolicitedIsOpen = false
        tasks[slot].solicited = task.received
      }
      return .badData(slot: slot)
    }
    let offset = tasks[slot].received
    tasks[slot].received += data.dataLength
    if tasks[slot].unsolicitedIsOpen {
      tasks[slot].solicited = tasks[slot].received
      if data.isFinal || tasks[slot].received == tasks[slot].expectedDataOut {
        tasks[slot].unsolicitedIsOpen = false
      }
    }
    tasks[slot].nextDataOutSN = tasks[slot].awaitsData ? data.dataSN &+ 1 : 0
    return .data(slot: slot, offset: offset, length: data.dataLength)
  }

  /// Up to where the initiator may send now.
  private func limit(of task: TaskSlot) -> Int {
    guard task.unsolicitedIsOpen else { return task.solicited }
    // edk2 does not count its immediate data as part of the first burst: one segment of grace.
    let grace = login.parameters.unsolicitedLimit + login.parameters.targetMaximumDataLength
    return min(task.expectedDataOut, grace)
  }

  /// The task is over: its slot and its place in the window are free again.
  mutating func release(_ slot: Int) {
    guard tasks[slot].isActive else { return }
    tasks[slot].isActive = false
    if !tasks[slot].isImmediate { window.release() }
    free.append(slot)
  }

  /// Something arrived from the initiator, at a time in nanoseconds.
  public mutating func heard(at now: UInt64) { keepAlive.heard(at: now) }

  /// To be called every few seconds: whether to ping the initiator, or to give it up.
  public mutating func tick(at now: UInt64) -> KeepAlive.Action { keepAlive.tick(at: now) }

  /// Ends a task without any response, as task management does.
  public mutating func abort(_ slot: Int) { release(slot) }
}
