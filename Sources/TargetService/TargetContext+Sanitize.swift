import BlockStore
import Glibc
import SCSI

/// Sanitize operations of units: how they begin, go on after a restart, and end.
extension TargetContext {
  /// Carries out the sanitize operation that the unit has begun: first what is under way at its blocks ends.
  ///
  /// - Parameter initiator: who asked for it; nil: it goes on after a restart.
  func sanitize(_ backend: UnitBackend, for initiator: String?) {
    guard let operation = backend.unit.sanitizeOperation else { return }
    let cause = initiator.map { "\($0) destroys its contents" } ?? "it goes on after a restart"
    logger.warning("LUN \(backend.number.value): SANITIZE of \(backend.store.path): \(cause)")
    report(.sanitizeBegan(lun: Int(backend.number.value), initiator: initiator))
    quiesce(backend, .sanitizing(progress: 0)) { [self] in
      do throws(UnitRecordProblem) {
        try backend.sanitizeRecord?.write(operation.record)
      } catch {
        return sanitizeEnded(backend, .notBegun, "\(error)", errno: EIO)
      }
      proceed(SanitizeRun(operation, on: backend.store), backend)
    }
  }

  /// Carries out one piece on the helper thread that this is, and hands over the next one.
  private func proceed(_ run: SanitizeRun, _ backend: UnitBackend) {
    if isStopping {
      let next =
        backend.sanitizeRecord == nil
        ? "it is not remembered, as there is no stateDirectory" : "it begins again with the next start"
      logger.warning(
        "LUN \(backend.number.value): SANITIZE is interrupted, and the disk still holds data; \(next)")
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
    do throws(UnitRecordProblem) {
      // A record that stayed would destroy with the next start what is written from now on.
      try backend.sanitizeRecord?.write(nil)
      sanitizeEnded(backend, .succeeded, nil, errno: 0)
    } catch {
      sanitizeEnded(backend, .failed, "\(error)", errno: EIO)
    }
  }

  /// Opens the unit, or leaves it in its failure mode, and tells who waits.
  private func sanitizeEnded(
    _ backend: UnitBackend, _ outcome: SanitizeOutcome, _ problem: String?, errno: Int32
  ) {
    let lun = backend.number.value
    if let problem {
      logger.error("LUN \(lun): SANITIZE failed, and the disk still holds data: \(problem)")
      // What initiators may leave by EXIT FAILURE MODE is left by a restart, too.
      if outcome == .failed, backend.unit.sanitizeOperation?.isRestricted == false {
        do throws(UnitRecordProblem) { try backend.sanitizeRecord?.write(nil) } catch {
          logger.error("LUN \(lun): SANITIZE begins again with the next start: \(error)")
        }
      }
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

  /// Begins a sanitize operation again that the end of the process interrupted; until it has succeeded nobody gets at the
  /// unit.
  func recallSanitize(of backend: UnitBackend) {
    guard let file = backend.sanitizeRecord else { return }
    let lun = Int(backend.number.value)
    var operation: SanitizeOperation?
    var problem: String?
    do throws(UnitRecordProblem) {
      guard let record = try file.read() else { return }
      operation = SanitizeOperation(record: record, blockLength: backend.store.blockLength)
      if operation == nil { problem = "\(file.path) makes no sense" }
    } catch { problem = error.description }
    if problem == nil, !backend.unit.configuration.allowsSanitize {
      problem = "\(file.path) is of a SANITIZE that is not allowed any more"
      operation = nil
    }
    if backend.unit.resumeSanitize(operation) { return sanitize(backend, for: nil) }
    guard let problem else { return }
    let advice =
      "\(problem); LUN \(lun) is not ready for anyone, as it may hold what should be destroyed: allow SANITIZE and send it "
      + "again, or move that file away and restart"
    logger.error("\(advice)")
    report(.unitFailed(lun: lun, reason: advice))
  }
}
