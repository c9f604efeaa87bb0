import Glibc
import SCSI
import Synchronization

/// Who waits for the sanitize operation of a unit, which goes on without them.
final class SanitizeWaiters: Sendable {
  private let waiters = Mutex<[FlushGathering.Waiter]>([])

  func add(_ waiter: FlushGathering.Waiter) { waiters.withLock { $0.append(waiter) } }

  /// - Returns: false where the waiter has been taken already, and hears of the end.
  func remove(_ waiter: FlushGathering.Waiter) -> Bool {
    waiters.withLock { waiters in
      guard let index = waiters.firstIndex(of: waiter) else { return false }
      waiters.remove(at: index)
      return true
    }
  }

  func takeAll() -> [FlushGathering.Waiter] {
    waiters.withLock { waiters in
      defer { waiters = [] }
      return waiters
    }
  }
}

extension Session {
  /// Begins the unit's sanitize operation, and waits for its end unless the initiator does not.
  func sanitize(_ slot: Int, waits: Bool) {
    slots[slot].activity = .working
    let backend = bindings[slots[slot].binding].backend
    if waits {
      slots[slot].awaitsSanitize = true
      thread.waitForSanitize(request(slot, .wait, Self.noBuffer, length: 0, at: 0, ownsBuffer: false))
    }
    let initiator = phase.login.identity.initiatorName
    context.sanitize(backend, for: initiator)
    if !waits { resume(slot, .done) }
  }

  /// The command is aborted; the operation that it began is not (SBC-4 4.11.2).
  func stopWaitingForSanitize(_ slot: Int) {
    slots[slot].awaitsSanitize = false
    thread.stopWaitingForSanitize(of: self, slot)
  }
}

extension RingThread {
  func waitForSanitize(_ request: DiskRequest) {
    request.backend.takeUnretainedValue().sanitizeWaiters.add(
      .init(thread: number, request: requests.add(request)))
  }

  func stopWaitingForSanitize(of session: Session, _ slot: Int) {
    let index = requests.firstIndex {
      $0.slot == slot && $0.session.takeUnretainedValue() === session
    }
    guard let index, let request = requests[index],
      request.backend.takeUnretainedValue().sanitizeWaiters.remove(.init(thread: number, request: index))
    else { return }
    finish(index, ECANCELED)
  }
}
