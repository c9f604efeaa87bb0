import ISCSI
import SCSI
import Synchronization

extension Session {
  /// Longest Data-In PDU: longer ones would fill the output with a single read.
  private static let segmentLimit = 262_144

  func startSending(_ slot: Int, _ extent: MediumExtent) {
    slots[slot].activity = .sendingMedium
    slots[slot].extent = extent
    slots[slot].total = min(phase[slot].expectedDataIn, extent.length)
    if slots[slot].total == 0 { return resume(slot, .done) }
    pump(slot)
  }

  func startSendingWorkspace(_ slot: Int, _ length: Int) {
    slots[slot].activity = .sendingWorkspace
    slots[slot].total = min(phase[slot].expectedDataIn, length, slots[slot].workspace.count)
    if slots[slot].total == 0 { return resume(slot, .done) }
    pump(slot)
  }

  /// Room has become free in the output.
  func continueSending() {
    guard !waiting.isEmpty else { return }
    let slotsToServe = waiting
    waiting.removeAll(keepingCapacity: true)
    for slot in slotsToServe where slots[slot].isQueued {
      slots[slot].isQueued = false
      if slots[slot].isAborted { settle(slot) } else { pump(slot) }
    }
  }

  private func queue(_ slot: Int) {
    guard !slots[slot].isQueued else { return }
    slots[slot].isQueued = true
    waiting.append(slot)
  }

  /// Sends Data-In until all is sent, the output is full, or the medium has to be waited for.
  func pump(_ slot: Int) {
    let offset = connection.framing.dataOffset
    while slots[slot].inFlight == 0 {
      let sent = phase[slot].sent
      let length = min(slots[slot].total - sent, phase.dataInLimit(slot), Session.segmentLimit)
      // Others have been waiting longer.
      guard waiting.isEmpty || slots[slot].isQueued || connection.output.free > Connection.outputCapacity / 2,
        connection.output.free >= Connection.reserve + offset + length + 8,
        let pdu = connection.output.writable.baseAddress
      else {
        queue(slot)
        return
      }
      let data = UnsafeMutableRawBufferPointer(start: pdu + offset, count: length)
      guard fill(data, slot, sent) else { return }
      let isLast = sent + length == slots[slot].total
      if isLast {
        sendLast(slot, pdu, length)
        return
      }
      phase.dataIn(slot, length: length, isLast: false).encode(to: pdu)
      connection.commitOutput(pdu, dataLength: length)
    }
  }

  /// Puts the bytes from `sent` on into the output; false if they have to come from the medium first.
  @inline(__always)
  private func fill(_ data: UnsafeMutableRawBufferPointer, _ slot: Int, _ sent: Int) -> Bool {
    if slots[slot].activity == .sendingWorkspace {
      data.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: slots[slot].workspace[sent..<(sent + data.count)]))
      return true
    }
    if slots[slot].block.count > 0 {
      // The same length as when it was asked for: nothing of the task has been sent since.
      data.copyMemory(from: UnsafeRawBufferPointer(rebasing: slots[slot].block[..<data.count]))
      thread.pool.give(slots[slot].block)
      slots[slot].block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return true
    }
    let offset = slots[slot].extent.offset &+ UInt64(sent)
    if bindings[slots[slot].binding].backend.readCached(into: data, at: offset) { return true }
    fetch(slot, length: data.count, at: offset)
    return false
  }

  /// The last Data-In PDU, with the status in it if that is GOOD.
  private func sendLast(_ slot: Int, _ pdu: UnsafeMutableRawPointer, _ length: Int) {
    var after: CommandStep?
    if slots[slot].activity == .sendingWorkspace {
      let step = next(slot, .done)
      if step != .finish(.good) { after = step }
    } else {
      countRead(bindings[slots[slot].binding].backend, slots[slot].total)
    }
    if let after {
      phase.dataIn(slot, length: length, isLast: true).encode(to: pdu)
      connection.commitOutput(pdu, dataLength: length)
      slots[slot].activity = .working
      run(slot, after)
    } else if phase[slot].awaitsData {
      phase.dataIn(slot, length: length, isLast: true).encode(to: pdu)
      connection.commitOutput(pdu, dataLength: length)
      finish(slot, .good)
    } else {
      let residual = residual(slot, phase[slot], .good)
      phase.dataIn(slot, length: length, isLast: true, good: residual).encode(to: pdu)
      connection.commitOutput(pdu, dataLength: length)
      retire(slot)
    }
  }
}
