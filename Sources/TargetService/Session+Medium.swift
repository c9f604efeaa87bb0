import BlockStore
import Glibc
import SCSI
import Synchronization

extension Session {
  /// Hands a request of the command to the ring.
  func submit(
    _ slot: Int, _ operation: DiskRequest.Operation,
    _ buffer: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0), length: Int = 0,
    at offset: UInt64 = 0,
    ownsBuffer: Bool = false
  ) {
    thread.submit(request(slot, operation, buffer, length: length, at: offset, ownsBuffer: ownsBuffer))
  }

  /// Lets others write to the unit again.
  func admitOthers(_ slot: Int) {
    slots[slot].holdsUnit = false
    thread.openGate(of: bindings[slots[slot].binding].backend)
  }

  /// Holds all other writes to the unit off until `admitOthers`.
  func exclude(_ slot: Int) {
    slots[slot].activity = .working
    if slots[slot].holdsUnit { return resume(slot, .done) }
    let backend = bindings[slots[slot].binding].backend
    let wait = request(slot, .wait, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)
    slots[slot].holdsUnit = true
    thread.submitWait(wait) { backend.gate.acquire($0) }
  }

  func request(
    _ slot: Int, _ operation: DiskRequest.Operation, _ buffer: UnsafeMutableRawBufferPointer, length: Int,
    at offset: UInt64, ownsBuffer: Bool
  ) -> DiskRequest {
    slots[slot].inFlight += 1
    connection.diskRequestStarted()
    var request = DiskRequest(
      operation: operation, session: Unmanaged.passUnretained(self), slot: slot,
      backend: Unmanaged.passUnretained(bindings[slots[slot].binding].backend))
    request.buffer = buffer
    request.length = length
    request.offset = offset
    request.ownsBuffer = ownsBuffer
    request.isExclusive = slots[slot].holdsUnit
    return request
  }

  /// Reads blocks that the page cache does not hold, for Data-In.
  func fetch(_ slot: Int, length: Int, at offset: UInt64) {
    submit(slot, .read, thread.pool.take(length), length: length, at: offset)
  }

  func load(_ slot: Int, _ extent: MediumExtent) {
    slots[slot].activity = .working
    let length = min(extent.length, slots[slot].workspace.count)
    let buffer = UnsafeMutableRawBufferPointer(rebasing: slots[slot].workspace[..<length])
    if bindings[slots[slot].binding].backend.readCached(into: buffer, at: extent.offset) {
      return resume(slot, .done)
    }
    submit(slot, .read, buffer, length: length, at: extent.offset)
  }

  /// Reads from, or writes to, any unit of the target by way of the workspace: a part of EXTENDED COPY.
  func access(
    _ slot: Int, _ operation: DiskRequest.Operation, _ extent: MediumExtent, of number: LogicalUnitNumber
  ) {
    slots[slot].activity = .working
    guard let index = bindings.firstIndex(where: { $0.backend.number == number }) ?? bindLate(number) else {
      return resume(slot, .failed(errno: ENODEV))
    }
    let (backend, port) = (bindings[index].backend, bindings[index].nexus.port)
    guard backend.unit.admitsCopy(writing: operation.changesMedium, by: port) else {
      return resume(slot, .failed(errno: Session.toldErrno))
    }
    var operation = operation
    if operation.changesMedium, !backend.unit.isWriteCacheEnabled { operation = .write(durable: true) }
    if case .write(durable: true) = operation, let errno = backend.lostWritesErrno {
      return resume(slot, .failed(errno: errno))
    }
    let length = min(extent.length, slots[slot].workspace.count)
    let buffer = UnsafeMutableRawBufferPointer(rebasing: slots[slot].workspace[..<length])
    if operation.changesMedium {
      countWritten(backend, length)
    } else {
      countRead(backend, length)
    }
    if case .write(let durable) = operation, let overlay = backend.overlay {
      return write(
        slot, buffer, length: length, at: extent.offset, to: overlay, of: backend, durable: durable)
    }
    var copy = request(slot, operation, buffer, length: length, at: extent.offset, ownsBuffer: false)
    copy.backend = Unmanaged.passUnretained(backend)
    thread.submit(copy)
  }

  func store(_ slot: Int, _ extent: MediumExtent, _ memory: CommandMemory, _ offset: Int, durable: Bool) {
    slots[slot].activity = .working
    let source = memory == .workspace ? slots[slot].workspace : slots[slot].dataOut
    guard offset >= 0, extent.length <= source.count - offset else {
      return resume(slot, .failed(errno: EINVAL))
    }
    let backend = bindings[slots[slot].binding].backend
    if durable, let errno = backend.lostWritesErrno { return resume(slot, .failed(errno: errno)) }
    let buffer = UnsafeMutableRawBufferPointer(rebasing: source[offset..<(offset + extent.length)])
    countWritten(backend, extent.length)
    if let overlay = backend.overlay {
      return write(
        slot, buffer, length: extent.length, at: extent.offset, to: overlay, of: backend, durable: durable)
    }
    submit(slot, .write(durable: durable), buffer, length: extent.length, at: extent.offset)
  }

  func storeAtomically(_ slot: Int, _ extent: MediumExtent, durable: Bool) {
    slots[slot].activity = .working
    let backend = bindings[slots[slot].binding].backend
    guard extent.length <= slots[slot].dataOut.count else { return resume(slot, .failed(errno: EINVAL)) }
    countWritten(backend, extent.length)
    // The command keeps its buffer until the request is done.
    nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: slots[slot].dataOut[..<extent.length])
    wait(for: request(slot, .range, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)) {
      () throws(BlockStoreError) in
      try backend.store.writeAtomically(bytes, at: extent.offset, durable: durable)
    }
  }

  func flush(_ slot: Int) {
    slots[slot].activity = .working
    guard bindings[slots[slot].binding].backend.hasStableStorage else { return resume(slot, .done) }
    submitFlush(slot)
  }

  func submitFlush(_ slot: Int) {
    let backend = bindings[slots[slot].binding].backend
    if let errno = backend.lostWritesErrno {
      slots[slot].needsFlush = false
      return resume(slot, .failed(errno: errno))
    }
    backend.flushes.wrappingAdd(1, ordering: .relaxed)
    thread.submitFlush(request(slot, .flush, Self.noBuffer, length: 0, at: 0, ownsBuffer: false))
  }

  @inline(__always) func countRead(_ backend: UnitBackend, _ bytes: Int) {
    backend.bytesRead.wrappingAdd(UInt64(bytes), ordering: .relaxed)
    shared.counters.bytesRead.wrappingAdd(UInt64(bytes), ordering: .relaxed)
  }

  @inline(__always) func countWritten(_ backend: UnitBackend, _ bytes: Int) {
    backend.bytesWritten.wrappingAdd(UInt64(bytes), ordering: .relaxed)
    shared.counters.bytesWritten.wrappingAdd(UInt64(bytes), ordering: .relaxed)
  }

  static var noBuffer: UnsafeMutableRawBufferPointer { .init(start: nil, count: 0) }

  /// Writes to an overlay where the wait for a medium holds up nobody else.
  func write(
    _ slot: Int, _ buffer: UnsafeMutableRawBufferPointer, length: Int, at offset: UInt64, to overlay: Overlay,
    of backend: UnitBackend, durable: Bool = false, ownsBuffer: Bool = false
  ) {
    // The request keeps the memory until it is done.
    nonisolated(unsafe) let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<length])
    var request = request(
      slot, .write(durable: durable), buffer, length: length, at: offset, ownsBuffer: ownsBuffer)
    request.backend = Unmanaged.passUnretained(backend)
    wait(for: request) { () throws(BlockStoreError) in try overlay.write(bytes, at: offset) }
  }

  /// Carries out what only exists as blocking calls on a helper thread.
  private func wait(
    for request: DiskRequest, _ operation: @escaping @Sendable () throws(BlockStoreError) -> Void
  ) {
    thread.submitBlocking(request) {
      do throws(BlockStoreError) {
        try operation()
        return 0
      } catch {
        return error.errno
      }
    }
  }

  /// Waits for the file system with a request that concerns no medium.
  func keepReservations(_ slot: Int) {
    slots[slot].activity = .working
    let backend = bindings[slots[slot].binding].backend
    let context = context
    thread.submitBlocking(request(slot, .wait, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)) {
      do throws(ReservationFileProblem) {
        try backend.keepReservations()
        return 0
      } catch {
        let reason = "persistent reservations were not changed: \(error)"
        context.logger.error("LUN \(backend.number.value): \(reason)")
        context.report(.unitFailed(lun: Int(backend.number.value), reason: reason))
        return Session.toldErrno
      }
    }
  }

  /// Asks the file system what it has, which may make it read.
  func survey(_ slot: Int, from offset: UInt64, runs: Int) {
    slots[slot].activity = .working
    let backend = bindings[slots[slot].binding].backend
    // The command keeps its workspace until the request is done.
    nonisolated(unsafe) let workspace = slots[slot].workspace
    thread.submitBlocking(request(slot, .wait, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)) {
      var survey = ProvisioningSurvey(in: workspace)
      var position = offset
      while survey.count <= runs, !survey.isFull, let run = backend.provisioning(at: position),
        run.end > position
      {
        survey.append(isDeallocated: run.isDeallocated, end: run.end)
        position = run.end
      }
      return 0
    }
  }

  /// What failed was no medium, and has been told.
  static var toldErrno: Int32 { ECANCELED }

  func changeRange(
    _ slot: Int, _ extent: MediumExtent,
    _ operation: @escaping @Sendable (UnitBackend, UInt64, UInt64) throws(BlockStoreError) -> Void
  ) {
    slots[slot].activity = .working
    let backend = bindings[slots[slot].binding].backend
    wait(for: request(slot, .range, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)) {
      () throws(BlockStoreError) in try operation(backend, extent.offset, UInt64(extent.length))
    }
  }

  /// A request to the medium has ended, with 0 or an errno.
  func diskDone(_ request: DiskRequest, errno result: Int32) {
    let errno = honest(request, result)
    let slot = request.slot
    slots[slot].inFlight -= 1
    connection.diskRequestEnded()
    if case .write = request.operation, request.ownsBuffer {
      staged -= request.length
      if staged < Session.stagedLimit { connection.resumeParsing() }
    }
    let isForDataIn = slots[slot].activity == .sendingMedium
    if isForDataIn {
      if errno == 0, !slots[slot].isAborted {
        slots[slot].block = request.buffer
      } else {
        thread.pool.give(request.buffer)
      }
    }
    if slots[slot].isAborted {
      if slots[slot].inFlight == 0 { leaveQuiescences(slot) }
      return settle(slot)
    }
    if slots[slot].isSpoiled, slots[slot].activity != .awaitingDataEnd {
      guard slots[slot].inFlight == 0 else { return }
      leaveQuiescences(slot)
      return finishSpoiled(slot)
    }
    switch slots[slot].activity {
    case .sendingMedium: errno == 0 ? pump(slot) : resume(slot, .failed(errno: errno))
    case .receivingToMedium:
      if slots[slot].errno == 0 { slots[slot].errno = errno }
      if slots[slot].consumed >= slots[slot].total, !phase[slot].awaitsData { stepHasData(slot) }
    case .working: resume(slot, errno == 0 ? .done : .failed(errno: errno))
    case .idle, .held, .sendingWorkspace, .receivingToBuffer, .awaitingDataEnd: break
    }
  }

  /// The errno that the initiator may be told: what was to be made stable is not if the unit lost anything meanwhile.
  ///
  /// The kernel tells only one of the flushes that are under way, and only once: the store remembers.
  private func honest(_ request: DiskRequest, _ errno: Int32) -> Int32 {
    switch request.operation {
    // A write that failed before its flush has lost nothing that was acknowledged.
    case .write(durable: true) where errno != 0 && !request.isWritten && !request.isFlushUnderWay:
      return errno
    case .flush, .write(durable: true):
      let backend = request.backend.takeUnretainedValue()
      if errno == 0 { return backend.lostWritesErrno ?? 0 }
      backend.noteFailedFlush(errno: errno)
      return errno
    case .read, .write, .range, .wait: return errno
    }
  }
}
