import BlockStore
import ISCSI
import SCSI
import Synchronization

extension Session {
  func startReceiving(_ slot: Int, _ extent: MediumExtent, durable: Bool) {
    slots[slot].activity = .receivingToMedium
    slots[slot].extent = extent
    slots[slot].isDurable = durable
    expect(slot, length: extent.length)
  }

  func startReceiving(_ slot: Int, length: Int) {
    slots[slot].activity = .receivingToBuffer
    if slots[slot].dataOut.count == 0 {
      slots[slot].dataOut = thread.pool.take(CommandExecution.workspaceLength)
    }
    expect(slot, length: min(length, slots[slot].dataOut.count))
  }

  /// Asks for the next `length` bytes of Data-Out, as far as the initiator has them.
  private func expect(_ slot: Int, length: Int) {
    slots[slot].base = slots[slot].consumed
    slots[slot].total = min(slots[slot].base + length, phase[slot].expectedDataOut)
    phase.demand(slot, upTo: slots[slot].total)
    if !early.isEmpty, let bytes = early.removeValue(forKey: slot) {
      bytes.withUnsafeBytes { take(slot, $0, at: slots[slot].consumed) }
    } else if slots[slot].consumed < slots[slot].total {
      requestData(slot)
    } else if phase[slot].received > 0 || !phase[slot].awaitsData {
      stepHasData(slot)
    }
  }

  /// Sends the R2T that is due, if any.
  private func requestData(_ slot: Int) {
    guard let request = phase.readyToTransfer(slot), let pdu = connection.reserveOutput(dataLength: 0) else {
      return
    }
    request.encode(to: pdu)
    connection.commitOutput(pdu, dataLength: 0)
  }

  /// Data-Out at `offset` has arrived.
  func take(_ slot: Int, _ bytes: UnsafeRawBufferPointer, at offset: Int) {
    guard !slots[slot].isAborted else { return settle(slot) }
    switch slots[slot].activity {
    case .receivingToMedium, .receivingToBuffer:
      let usable = max(0, min(bytes.count, slots[slot].total - offset))
      if usable > 0 { use(slot, UnsafeRawBufferPointer(rebasing: bytes[..<usable]), at: offset) }
      slots[slot].consumed = offset + usable
      if usable < bytes.count { keep(slot, UnsafeRawBufferPointer(rebasing: bytes[usable...])) }
      if slots[slot].consumed >= slots[slot].total,
        !phase[slot].awaitsData || slots[slot].activity == .receivingToBuffer
      {
        stepHasData(slot)
      } else {
        requestData(slot)
      }
    case .awaitingDataEnd: if !phase[slot].awaitsData { finish(slot, slots[slot].status) }
    case .idle: break
    case .held, .sendingMedium, .sendingWorkspace, .working: keep(slot, bytes)
    }
  }

  /// Data that the command has not asked for yet: at most a first burst and one segment of it.
  private func keep(_ slot: Int, _ bytes: UnsafeRawBufferPointer) {
    // A write has its extent from the start: what is beyond belongs to nothing.
    if slots[slot].activity == .receivingToMedium { return }
    early[slot, default: []].append(contentsOf: bytes)
  }

  private func use(_ slot: Int, _ bytes: UnsafeRawBufferPointer, at offset: Int) {
    let position = offset - slots[slot].base
    if slots[slot].activity == .receivingToMedium {
      write(slot, bytes, at: slots[slot].extent.offset &+ UInt64(position))
    } else {
      UnsafeMutableRawBufferPointer(rebasing: slots[slot].dataOut[position...]).copyMemory(from: bytes)
    }
  }

  /// The command fails with `status` once the initiator has sent the rest of its data.
  func spoil(_ slot: Int, _ status: CommandStatus) {
    guard !slots[slot].isAborted else { return settle(slot) }
    if !slots[slot].isSpoiled, slots[slot].activity != .awaitingDataEnd { slots[slot].status = status }
    slots[slot].isSpoiled = true
    if slots[slot].activity == .held { leaveTaskSet(slot) }
    // The status may be known already; otherwise what is under way at the medium comes first.
    if slots[slot].activity == .awaitingDataEnd { return take(slot, .init(start: nil, count: 0), at: 0) }
    if slots[slot].inFlight == 0 { finishSpoiled(slot) }
  }

  /// PROTOCOL SERVICE CRC ERROR: what RFC 7143 11.4.7.2 has for Data-Out that got lost or mixed up.
  static var dataOutOfOrder: CommandStatus { .checkCondition(Sense(key: 0x0b, code: 0x4705)) }

  func finishSpoiled(_ slot: Int) { finish(slot, slots[slot].status) }

  /// All data of the step is here; a write is over when the medium has it.
  func stepHasData(_ slot: Int) {
    guard slots[slot].inFlight == 0 else { return }
    if slots[slot].errno != 0 {
      let errno = slots[slot].errno
      slots[slot].errno = 0
      return resume(slot, .failed(errno: errno))
    }
    if slots[slot].activity == .receivingToMedium {
      if slots[slot].needsFlush {
        slots[slot].needsFlush = false
        return submitFlush(slot)
      }
      countWritten(bindings[slots[slot].binding].backend, slots[slot].total - slots[slot].base)
    }
    resume(slot, .done)
  }

  /// Writes data that lies in the receive buffer, which is reused as soon as this returns.
  private func write(_ slot: Int, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) {
    guard slots[slot].errno == 0 else { return }
    let backend = bindings[slots[slot].binding].backend
    if slots[slot].isDurable {
      if let errno = backend.lostWritesErrno {
        slots[slot].errno = errno
        return
      }
      // One piece while nobody flushes: written through at once. Otherwise written, then flushed together with others;
      // file systems there are that let nobody write to a file while they flush it.
      if backend.overlay == nil, bytes.count == slots[slot].total - slots[slot].base,
        backend.store.isFile || !backend.flushing.isUnderWay
      {
        return stage(slot, bytes, at: offset, durable: true)
      }
      slots[slot].needsFlush = backend.hasStableStorage
    }
    if backend.makesWait(bytes.count, at: offset, now: thread.now) {
      return stage(slot, bytes, at: offset, durable: false)
    }
    // A command has the unit for itself: wait for it.
    guard backend.gate.enter() else { return stage(slot, bytes, at: offset, durable: false) }
    defer { backend.gate.leave() }
    let start = monotonicNow()
    do throws(BlockStoreError) {
      try backend.write(bytes, at: offset)
    } catch {
      slots[slot].errno = error.errno
    }
    backend.wrote(from: start, to: monotonicNow())
  }

  /// Writes a copy of the data through the ring, so that nothing waits for the medium.
  private func stage(_ slot: Int, _ bytes: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool) {
    let buffer = thread.pool.take(bytes.count)
    buffer.copyMemory(from: bytes)
    staged += bytes.count
    let backend = bindings[slots[slot].binding].backend
    if let overlay = backend.overlay {
      return write(slot, buffer, length: bytes.count, at: offset, to: overlay, of: backend, ownsBuffer: true)
    }
    submit(slot, .write(durable: durable), buffer, length: bytes.count, at: offset, ownsBuffer: true)
  }
}
