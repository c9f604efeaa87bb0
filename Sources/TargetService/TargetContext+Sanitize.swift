import BlockStore
import Glibc
import SCSI

/// Sanitize operations of units: how they begin, go on, and end.
extension TargetContext {
  /// Carries out the sanitize operation that the unit has begun: first what is under way at its blocks ends.
  ///
  /// - Parameter initiator: who asked for it.
  func sanitize(_ backend: UnitBackend, for initiator: String) {
    guard let operation = backend.unit.sanitizeOperation else { return }
    let lun = Int(backend.number.value)
    logger.warning("LUN \(lun): SANITIZE of \(backend.store.path): \(initiator) destroys its contents")
    report(.sanitizeBegan(lun: lun, initiator: initiator))
    quiesce(backend, .sanitizing(progress: 0)) { [self] in
      // Such a store never says again that anything is on stable storage.
      if let errno = backend.store.lostWritesErrno {
        return sanitizeEnded(backend, .notBegun, "it lost writes before: restart ramdiskd", errno: errno)
      }
      proceed(SanitizeRun(operation, on: backend.store), backend)
    }
  }

  /// Carries out one piece on the helper thread that this is, and hands over the next one.
  private func proceed(_ run: SanitizeRun, _ backend: UnitBackend) {
    if isStopping {
      logger.warning(
        "LUN \(backend.number.value): SANITIZE is interrupted, and the disk still holds data; the next start does not go on"
      )
      return
    }
    var run = run
    do throws(BlockStoreError) {
      if try run.advance() {
        backend.unit.sanitizeAdvanced(to: run.progress)
        let next = run
        executor.run { self.proceed(next, backend) }
        return
      }
    } catch {
      return sanitizeEnded(backend, .failed, "\(error)", errno: error.errno)
    }
    sanitizeEnded(backend, .succeeded, nil, errno: 0)
  }

  /// Opens the unit, or leaves it in its failure mode, and tells who waits.
  private func sanitizeEnded(
    _ backend: UnitBackend, _ outcome: SanitizeOutcome, _ problem: String?, errno: Int32
  ) {
    let lun = backend.number.value
    if let problem {
      logger.error("LUN \(lun): SANITIZE failed, and the disk still holds data: \(problem)")
    } else {
      logger.notice("LUN \(lun): SANITIZE has ended")
    }
    // Before the unit opens: who comes then may wait for another operation.
    let waiters = backend.sanitizeWaiters.takeAll()
    backend.unit.sanitizeEnded(outcome)
    report(.sanitizeEnded(lun: Int(lun), succeeded: outcome == .succeeded))
    for waiter in waiters {
      post(.blockingDone(request: waiter.request, errno: errno), to: waiter.thread)
    }
  }
}
