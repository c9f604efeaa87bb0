import BlockStore
import ISCSI
import SCSI
import Synchronization

extension Session {
  /// A new command in `slot`, whose header and immediate data are in `frame`.
  @inline(__always)
  func begin(_ slot: Int, _ frame: PDUFrame, immediate: Int) {
    commandStarted()
    slots[slot] = CommandSlot()
    let cdb = UnsafeRawBufferPointer(start: frame.header.bytes + 32, count: 16)
    if let index = binding(for: phase[slot].lun) {
      slots[slot].binding = index
      slots[slot].kind = CommandKind(operationCode: cdb[0])
      slots[slot].arrival = thread.now
      thread.arrivals &+= 1
      bindings[index].backend.commands.wrappingAdd(1, ordering: .relaxed)
      if let attribute = TaskSet.Attribute(rawValue: phase[slot].attribute),
        attribute != .autoContingentAllegiance
      {
        slots[slot].isOrdered = attribute == .ordered
        let task = TaskSet.Waiting(slot: slot, connection: connection.index)
        if taskSets[index].admit(task, attribute) {
          slots[slot].isRunning = true
          start(slot, cdb)
        } else if cdb[0] == 0x48 {
          // SANITIZE runs as if it were HEAD OF QUEUE (SBC-4 5.31).
          taskSets[index].withdraw(task)
          slots[slot].isOrdered = false
          slots[slot].isRunning = taskSets[index].admit(task, .headOfQueue)
          start(slot, cdb)
        } else {
          slots[slot].activity = .held
          slots[slot].cdb = ISCSI.CommandDescriptorBlock(cdb)
        }
      } else {
        // There is no auto contingent allegiance here: INVALID MESSAGE ERROR (SAM-5 8.6.5).
        finish(slot, .checkCondition(Sense(key: 0x5, code: 0x4900)))
      }
    } else {
      start(slot, cdb)
    }
    if immediate > 0 { take(slot, UnsafeRawBufferPointer(rebasing: frame.data[..<immediate]), at: 0) }
  }

  /// Starts a command whose turn it is.
  @inline(__always)
  private func start(_ slot: Int, _ cdb: UnsafeRawBufferPointer) {
    if CommandExecution.needsWorkspace(operationCode: cdb[0]) {
      slots[slot].workspace = thread.pool.take(CommandExecution.workspaceLength)
    }
    let task = phase[slot]
    let step: CommandStep
    if slots[slot].binding >= 0 {
      let binding = bindings[slots[slot].binding]
      step = slots[slot].execution.start(
        cdb: cdb, on: binding.backend.unit, nexus: binding.nexus, expectedDataIn: task.expectedDataIn,
        expectedDataOut: task.expectedDataOut, workspace: slots[slot].workspace)
    } else {
      step = slots[slot].execution.start(
        cdb: cdb, absentFrom: context.inventory, expectedDataIn: task.expectedDataIn,
        workspace: slots[slot].workspace)
    }
    run(slot, step)
  }

  /// Starts a command that had to wait for others of its task set.
  func startHeld(_ slot: Int) {
    slots[slot].isRunning = true
    slots[slot].activity = .working
    slots[slot].cdb.withBytes { start(slot, $0) }
  }

  /// Starts what may run now on the unit.
  func startNext(on binding: Int) {
    guard !shared.isAborting else { return }
    while let next = taskSets[binding].next() {
      shared.member(on: next.connection)?.startHeld(next.slot)
    }
  }

  /// The command no longer counts in its task set.
  @inline(__always)
  func leaveTaskSet(_ slot: Int) {
    let binding = slots[slot].binding
    guard binding >= 0 else { return }
    if slots[slot].isRunning {
      slots[slot].isRunning = false
      taskSets[binding].end(isOrdered: slots[slot].isOrdered)
    } else if taskSets[binding].isWaiting {
      taskSets[binding].withdraw(TaskSet.Waiting(slot: slot, connection: connection.index))
    }
    if taskSets[binding].isWaiting { startNext(on: binding) }
  }

  /// The unit that a LUN field addresses.
  @inline(__always)
  func binding(for lun: UInt64) -> Int? {
    for index in bindings.indices where bindings[index].wire == lun { return index }
    // The same unit in the other addressing format.
    guard let number = LogicalUnitNumber(wire: lun) else { return nil }
    return bindings.firstIndex { $0.backend.number == number } ?? bindLate(number)
  }

  /// Carries out a step, and those that follow from it at once.
  func run(_ slot: Int, _ first: CommandStep) {
    switch first {
    case .sendMedium(let extent): startSending(slot, extent)
    case .sendWorkspace(let length): startSendingWorkspace(slot, length)
    case .receiveToMedium(let extent, let durable): startReceiving(slot, extent, durable: durable)
    case .receive(let length): startReceiving(slot, length: length)
    case .load(let extent): load(slot, extent)
    case .loadFrom(let number, let extent): access(slot, .read, extent, of: number)
    case .storeTo(let number, let extent, let durable):
      access(slot, .write(durable: durable), extent, of: number)
    case .exclude: exclude(slot)
    case .admit:
      admitOthers(slot)
      resume(slot, .done)
    case .abortPreempted(let preemption): abortPreempted(slot, preemption)
    case .keepReservations: keepReservations(slot)
    case .sanitize(let waits): sanitize(slot, waits: waits)
    case .survey(let offset, let runs): survey(slot, from: offset, runs: runs)
    case .store(let extent, let memory, let offset, let durable):
      store(slot, extent, memory, offset, durable: durable)
    case .storeAtomically(let extent, let durable): storeAtomically(slot, extent, durable: durable)
    case .prefetch(let extent):
      if slots[slot].binding >= 0 {
        bindings[slots[slot].binding].backend.prefetch(
          offset: extent.offset, length: UInt64(clamping: extent.length))
      }
      resume(slot, .done)
    case .flush: flush(slot)
    case .deallocate(let extent):
      changeRange(slot, extent) { (backend, offset, length) throws(BlockStoreError) in
        try backend.deallocate(offset: offset, length: length)
      }
    case .zero(let extent):
      changeRange(slot, extent) { (backend, offset, length) throws(BlockStoreError) in
        try backend.zero(offset: offset, length: length)
      }
    case .finish(let status): finish(slot, status)
    }
  }

  /// The current step is over: on with the next.
  func resume(_ slot: Int, _ result: StepResult) {
    slots[slot].activity = .working
    run(slot, next(slot, result))
  }

  /// What the device server wants after the current step.
  @inline(__always)
  func next(_ slot: Int, _ result: StepResult) -> CommandStep {
    guard slots[slot].binding >= 0 else { return .finish(.good) }
    let binding = bindings[slots[slot].binding]
    if case .failed(let errno) = result { context.failed(binding.backend, errno: errno) }
    return slots[slot].execution.resume(
      result, on: binding.backend.unit, nexus: binding.nexus,
      dataOut: UnsafeRawBufferPointer(slots[slot].dataOut),
      workspace: slots[slot].workspace)
  }

  /// Ends the command with a SCSI Response, once the initiator has sent what it was going to send.
  func finish(_ slot: Int, _ status: CommandStatus) {
    if phase[slot].awaitsData {
      // Nobody waits for an initiator that has the unit for itself.
      if slots[slot].holdsUnit { admitOthers(slot) }
      slots[slot].activity = .awaitingDataEnd
      slots[slot].status = status
      return
    }
    respond(slot, status)
  }

  private func respond(_ slot: Int, _ status: CommandStatus) {
    let task = phase[slot]
    guard let pdu = connection.reserveOutput(dataLength: 2 + Sense.longestEncoding) else { return }
    var dataLength = 0
    if case .checkCondition(let sense) = status {
      shared.counters.checkConditions.wrappingAdd(1, ordering: .relaxed)
      let data = pdu + connection.framing.dataOffset
      let format = slots[slot].binding >= 0 ? bindings[slots[slot].binding].backend.unit.senseFormat : .fixed
      let length = sense.encode(
        format, into: UnsafeMutableRawBufferPointer(start: data + 2, count: Sense.longestEncoding))
      data.storeBytes(of: UInt16(length).bigEndian, as: UInt16.self)
      dataLength = 2 + length
    }
    phase.response(slot, status: status.code, residual: residual(slot, task, status), dataLength: dataLength)
      .encode(to: pdu)
    connection.commitOutput(pdu, dataLength: dataLength)
    retire(slot)
  }

  /// What was, or would have been, transferred against what the initiator expects (RFC 7143 11.4.5).
  @inline(__always)
  func residual(_ slot: Int, _ task: TaskSlot, _ status: CommandStatus) -> Residual {
    let expected = max(task.expectedDataIn, task.expectedDataOut)
    let wanted = status == .good ? slots[slot].execution.transferLength : task.sent
    return Residual(expected: expected, wanted: wanted)
  }

  /// Counts a command that has ended.
  private func count(_ slot: Int) {
    let backend = bindings[slots[slot].binding].backend
    backend.ended.wrappingAdd(1, ordering: .releasing)
    if slots[slot].isAborted { return }
    backend.latencies[thread.number].record(
      slots[slot].kind, nanoseconds: monotonicNow() &- slots[slot].arrival)
  }

  /// The command is over and `phase` has forgotten it: gives back what it held.
  func retire(_ slot: Int) {
    if slots[slot].binding >= 0 {
      count(slot)
      slots[slot].execution.abandon(on: bindings[slots[slot].binding].backend.unit)
      if slots[slot].holdsUnit { admitOthers(slot) }
    }
    thread.pool.give(slots[slot].workspace)
    thread.pool.give(slots[slot].dataOut)
    thread.pool.give(slots[slot].block)
    slots[slot].workspace = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].dataOut = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].activity = .idle
    if slots[slot].isQueued {
      slots[slot].isQueued = false
      waiting.removeAll { $0 == slot }
    }
    if !early.isEmpty { early[slot] = nil }
    // First the numbers: a task that starts now may end at once and publish its own.
    if !isAlone { shared.publish(phase.window, from: self) }
    leaveTaskSet(slot)
    commandEnded()
  }
}
