import SCSI

/// Ends, on every thread, what is under way at the blocks of a unit that has been shut: what begins later is told that it
/// is not ready.
///
/// Nothing here waits: commands that wait for data of their initiator, or for it to take some, end at once with `status`,
/// others when the medium has answered.
final class Quiescence: Sendable {
  let backend: UnitBackend
  /// What the commands are told.
  let status: CommandStatus
  /// Of threads, and of commands that have requests at the medium.
  let pending: Countdown

  /// - Parameters:
  ///   - holders: threads that have to look at their commands.
  ///   - finished: called on any thread when nothing is under way any more.
  init(
    _ backend: UnitBackend, status: CommandStatus, holders: Int, finished: @escaping @Sendable () -> Void
  ) {
    self.backend = backend
    self.status = status
    pending = Countdown(holders, finished: finished)
  }
}

extension TargetContext {
  /// Calls `finished` on a helper thread once nothing is under way at the blocks of a unit that is shut.
  func quiesce(_ backend: UnitBackend, _ sense: Sense, finished: @escaping @Sendable () -> Void) {
    post(
      .quiesce(
        Quiescence(backend, status: .checkCondition(sense), holders: threadCount) { [executor] in
          executor.run(finished)
        }))
  }
}

extension Session {
  /// Ends the commands of this connection that are at the unit's blocks.
  func apply(_ quiescence: Quiescence) {
    for slot in slots.indices where phase[slot].isActive {
      let binding = slots[slot].binding
      guard binding >= 0, slots[slot].execution.accessesMedium else { continue }
      if bindings[binding].backend === quiescence.backend {
        revoke(slot, quiescence.status, for: quiescence)
      } else if thread.requests.contains(where: { isCopy($0, slot, quiescence.backend) }) {
        // EXTENDED COPY from or to the unit, sent to another one.
        revoke(slot, .checkCondition(.copyAborted), for: quiescence)
      }
    }
  }

  private func isCopy(_ request: DiskRequest, _ slot: Int, _ backend: UnitBackend) -> Bool {
    request.slot == slot && request.session.takeUnretainedValue() === self
      && request.backend.takeUnretainedValue() === backend
  }

  /// Ends a command with `status`, once its requests are done.
  private func revoke(_ slot: Int, _ status: CommandStatus, for quiescence: Quiescence) {
    switch slots[slot].activity {
    // What has not begun is told when it does; the status of what is over stays.
    case .idle, .held, .awaitingDataEnd: return
    case .sendingMedium, .sendingWorkspace, .receivingToMedium, .receivingToBuffer, .working: break
    }
    if slots[slot].inFlight > 0 {
      quiescence.pending.enter()
      quiescences[slot, default: []].append(quiescence)
    }
    guard !slots[slot].isAborted else { return }
    spoil(slot, status)
  }

  /// No request of the command is under way any more.
  func leaveQuiescences(_ slot: Int) {
    guard !quiescences.isEmpty else { return }
    for quiescence in quiescences.removeValue(forKey: slot) ?? [] { quiescence.pending.leave() }
  }
}
