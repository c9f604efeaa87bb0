import BlockStore
import Glibc
import Linux

/// A request that waits for its unit's `WriteGate`.
struct ParkedRequest {
  var index: Int
  var backend: Unmanaged<UnitBackend>
  /// What `BlockingExecutor` carries out; nil for the ring.
  var operation: (@Sendable () -> Int32)?
}

extension RingThread {
  /// Hands a request to the ring, through its unit's gate; it completes at once with EAGAIN if the ring is full.
  func submit(_ request: DiskRequest) {
    let index = requests.add(request)
    if pass(request, index, nil) { start(index) }
  }

  /// Hands in a request that has passed the gate.
  private func start(_ index: Int) {
    if let request = requests[index], case .write(durable: true) = request.operation,
      request.backend.takeUnretainedValue().flushing.begin()
    {
      requests.lead(index)
    }
    resubmit(index)
  }

  /// Whether a request may go on; if not, it is parked until its unit's gate opens.
  private func pass(_ request: DiskRequest, _ index: Int, _ operation: (@Sendable () -> Int32)?) -> Bool {
    guard request.operation.changesMedium, !request.isExclusive else { return true }
    let backend = request.backend.takeUnretainedValue()
    while !backend.gate.enter() {
      if backend.gate.park(thread: number) {
        parked.append(ParkedRequest(index: index, backend: request.backend, operation: operation))
        return false
      }
    }
    requests.enter(index)
    return true
  }

  /// The gate of a unit has opened, and `count` requests of this thread are through.
  func submitParked(_ backend: UnitBackend, _ count: Int) {
    var left = count
    var position = 0
    while left > 0, position < parked.count {
      guard parked[position].backend.takeUnretainedValue() === backend else {
        position += 1
        continue
      }
      let waiting = parked.remove(at: position)
      left -= 1
      requests.enter(waiting.index)
      if let operation = waiting.operation {
        carryOut(waiting.index, operation)
      } else {
        start(waiting.index)
      }
    }
  }

  /// The command that held the unit is over.
  func openGate(of backend: UnitBackend) {
    for (thread, writes) in backend.gate.release().enumerated() where writes > 0 {
      context.post(.gateOpened(backend, writes: writes), to: thread)
    }
  }

  /// A request that waits for something else than the ring; `start` gets what ends it, and says whether it is over.
  func submitWait(_ request: DiskRequest, _ start: (@escaping @Sendable () -> Void) -> Bool) {
    let index = requests.add(request)
    let mailbox = mailbox
    if start({ mailbox.post(.blockingDone(request: index, errno: 0)) }) { diskDone(index, 0) }
  }

  func resubmit(_ index: Int) {
    guard let request = requests[index] else { return }
    let tag = RingTag(.disk, index).rawValue
    let backend = request.backend.takeUnretainedValue()
    let store = backend.store
    let offset = request.offset &+ UInt64(request.done)
    let rest = UnsafeMutableRawBufferPointer(rebasing: request.buffer[request.done..<request.length])
    let accepted: Bool
    switch request.operation {
    case .read:
      // Reads what lies in one piece; the rest is asked for when that is there.
      let piece = backend.piece(at: offset, length: rest.count)
      let part = UnsafeMutableRawBufferPointer(rebasing: rest[..<piece.length])
      if piece.isInMemory, backend.readCached(into: part, at: offset) {
        return diskDone(index, Int32(part.count))
      }
      accepted = ring.read(piece.descriptor, into: part, at: piece.offset, tag: tag)
    case .write where request.isWritten: accepted = ring.synchronize(store.descriptor, tag: tag)
    case .write:
      accepted = ring.write(
        store.descriptor, UnsafeRawBufferPointer(rest), at: offset, durable: request.isFlushUnderWay,
        tag: tag)
    case .flush: accepted = ring.synchronize(store.descriptor, tag: tag)
    case .range, .wait: accepted = false
    }
    if !accepted { mailbox.post(.blockingDone(request: index, errno: EAGAIN)) }
  }

  /// Hands a request to a helper thread, for what the ring cannot do.
  func submitBlocking(_ request: DiskRequest, _ operation: @escaping @Sendable () -> Int32) {
    let index = requests.add(request)
    if pass(request, index, operation) { carryOut(index, operation) }
  }

  func carryOut(_ index: Int, _ operation: @escaping @Sendable () -> Int32) {
    let mailbox = mailbox
    context.executor.run { mailbox.post(.blockingDone(request: index, errno: operation())) }
  }

  func diskDone(_ index: Int, _ result: Int32) {
    guard let request = requests[index] else { return }
    if result > 0 {
      requests.advance(index, by: Int(result))
      if request.done + Int(result) < request.length {
        resubmit(index)
        return
      }
    } else if result == -EINTR || result == -EAGAIN {
      resubmit(index)
      return
    }
    // Less than asked for without an error is the end of the medium.
    let isShort = result == 0 && request.done < request.length
    finish(index, result < 0 ? -result : isShort ? EIO : 0)
  }

  /// A request is over, with 0 or an errno.
  func finish(_ index: Int, _ errno: Int32) {
    guard let request = requests[index] else { return }
    if errno == 0, case .write(durable: true) = request.operation, !request.isFlushUnderWay,
      !request.isWritten
    {
      return flushWritten(index, request)
    }
    requests.remove(index)
    if request.isInside { request.backend.takeUnretainedValue().gate.leave() }
    // With its session the unit may go, which others still have to hear of.
    let flushed = request.isFlushUnderWay ? request.backend.takeUnretainedValue() : nil
    request.session.takeUnretainedValue().diskDone(request, errno: errno)
    if let flushed { endFlush(of: flushed, errno) }
    if request.ownsBuffer { pool.give(request.buffer) }
  }
}
