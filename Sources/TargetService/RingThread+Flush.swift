import BlockStore

extension RingThread {
  /// Hands in a flush: it begins at once, or is shared with others when the one under way has ended.
  func submitFlush(_ request: DiskRequest) {
    let index = requests.add(request)
    let flushing = request.backend.takeUnretainedValue().flushing
    if flushing.beginOrJoin(.init(thread: number, request: index)) { beginFlush(index) }
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
