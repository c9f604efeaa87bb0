import BlockStore
import ISCSI
import SCSI
import Synchronization

extension Session {
  /// A new command in `slot`, whose header and immediate data are in `frame`.
  @inline(__always)
  func begin(_ slot: Int, _ frame: PDUFrame, immediate: Int) {
    commandStarted()
    let task = phase[slot]
    slots[slot] = CommandSlot()
    let cdb = UnsafeRawBufferPointer(start: frame.header.bytes + 32, count: 16)
    if CommandExecution.needsWorkspace(operationCode: cdb[0]) {
      slots[slot].workspace = thread.pool.take(CommandExecution.workspaceLength)
    }
    let step: CommandStep
    if let index = binding(for: task.lun) {
      let binding = bindings[index]
      slots[slot].binding = index
      binding.backend.commands.wrappingAdd(1, ordering: .relaxed)
      step = slots[slot].execution.start(
        cdb: cdb, on: binding.backend.unit, nexus: binding.nexus, expectedDataIn: task.expectedDataIn,
        expectedDataOut: task.expectedDataOut, workspace: slots[slot].workspace)
    } else {
      step = slots[slot].execution.start(
        cdb: cdb, absentFrom: context.inventory, expectedDataIn: task.expectedDataIn,
        workspace: slots[slot].workspace)
    }
    run(slot, step)
    if immediate > 0 { take(slot, UnsafeRawBufferPointer(rebasing: frame.data[..<immediate]), at: 0) }
  }

  @inline(__always)
  private func binding(for lun: UInt64) -> Int? {
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
    case .store(let extent, let memory, let offset, let durable):
      store(slot, extent, memory, offset, durable: durable)
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

  /// The command is over and `phase` has forgotten it: gives back what it held.
  func retire(_ slot: Int) {
    if slots[slot].binding >= 0 {
      slots[slot].execution.abandon(on: bindings[slots[slot].binding].backend.unit)
    }
    thread.pool.give(slots[slot].workspace)
    thread.pool.give(slots[slot].dataOut)
    thread.pool.give(slots[slot].block)
    slots[slot].workspace = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].dataOut = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    slots[slot].activity = .idle
    if !early.isEmpty { early[slot] = nil }
    commandEnded()
  }
}
