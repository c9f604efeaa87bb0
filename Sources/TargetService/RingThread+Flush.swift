import BlockStore

extension RingThread {
  /// Hands in a flush: it begins at once, or is shared with others when the one under way has ended.
  func submitFlush(_ request: DiskRequest) {
    flush(requests.add(request), of: request.backend.takeUnretainedValue())
  }

  /// A durable write that could not be the flush under way is written: now it waits for one as others do. All flushes go
  /// one after the other: of two at once the kernel tells one of a failure, and nobody which of them that concerns.
  func flushWritten(_ index: Int, _ request: DiskRequest) {
    let backend = request.backend.takeUnretainedValue()
    requests.written(index)
    if request.isInside { backend.gate.leave() }
    flush(index, of: backend)
  }

  private func flush(_ index: Int, of backend: UnitBackend) {
    if backend.flushing.beginOrJoin(.init(thread: number, request: index)) { beginFlush(index) }
  }

  /// Carries out a flush whose turn it is.
  func beginFlush(_ index: Int) {
    guard let request = requests[index] else { return }
    requests.lead(index)
    if let overlay = request.backend.takeUnretainedValue().overlay {
      // Blocks before the map that names them: more than one request of a ring.
      carryOut(index) {
        do throws(BlockStoreError) {
          try overlay.synchronize()
          return 0
        } catch { return error.errno }
      }
    } else {
      resubmit(index)
    }
  }

  /// The flush under way has ended with 0 or an errno: the next one begins, and those it served are over, too.
  func endFlush(of backend: UnitBackend, _ errno: Int32) {
    // Before another flush may succeed: the kernel tells of lost writes once.
    if errno != 0 { backend.noteFailedFlush(errno: errno) }
    let (served, next) = backend.flushing.end(on: number)
    if let next {
      if next.thread == number {
        beginFlush(next.request)
      } else {
        context.post(.flushTurn(request: next.request), to: next.thread)
      }
    }
    for waiter in served {
      if waiter.thread == number {
        finish(waiter.request, errno)
      } else {
        context.post(.blockingDone(request: waiter.request, errno: errno), to: waiter.thread)
      }
    }
  }
}
