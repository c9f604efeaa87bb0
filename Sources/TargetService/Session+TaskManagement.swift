import ISCSI
import SCSI

extension Session {
  /// Carries out a task management function; the answer comes when no aborted task has I/O on its way any more.
  func manage(_ request: TaskManagementRequestPDU) {
    let plan = phase.plan(request)
    switch plan {
    case .answer(let outcome):
      if request.function == .abortTask, abortElsewhere(request) { return }
      return answer(request, outcome)
    case .abortTask(let slot): abortTask(request, slot, of: self)
    case .abortTaskSet(let lun):
      guard let backend = backend(of: lun) else { return answer(request, .lunDoesNotExist) }
      let abort = prepare(request, backend, tsih: tsih, holders: 1)
      for member in shared.members { member.apply(abort) }
      abort.pending.leave()
    case .clearTaskSet(let lun), .resetUnit(let lun):
      guard let backend = backend(of: lun) else { return answer(request, .lunDoesNotExist) }
      context.broadcast(prepare(request, backend, tsih: nil, holders: context.threadCount))
    case .resetTarget:
      context.broadcast(prepare(request, nil, tsih: nil, holders: context.threadCount))
    }
  }

  private func abortTask(_ request: TaskManagementRequestPDU, _ slot: Int, of session: Session) {
    let abort = prepare(request, nil, tsih: tsih, holders: 1)
    session.abort(slot, for: abort)
    abort.pending.leave()
  }

  /// Aborts a task of another connection of the session; false if none has it.
  private func abortElsewhere(_ request: TaskManagementRequestPDU) -> Bool {
    guard !isAlone else { return false }
    for member in shared.members where member !== self {
      if case .abortTask(let slot) = member.phase.plan(request) {
        abortTask(request, slot, of: member)
        return true
      }
    }
    return false
  }

  /// PREEMPT AND ABORT: goes on when the tasks of all nexuses that were preempted have ended.
  func abortPreempted(_ slot: Int, _ preemption: UInt64) {
    slots[slot].activity = .working
    slots[slot].isAbortingOthers = true
    let backend = bindings[slots[slot].binding].backend
    let wait = request(slot, .wait, Self.noBuffer, length: 0, at: 0, ownsBuffer: false)
    let context = context
    thread.submitWait(wait) { done in
      context.broadcast(
        TaskAbort(backend: backend, tsih: nil, isForPreempted: true, holders: context.threadCount) {
          backend.unit.preemptedTasksHaveEnded(preemption)
          done()
        })
      return false
    }
  }

  private func backend(of lun: UInt64) -> UnitBackend? { binding(for: lun).map { bindings[$0].backend } }

  private func prepare(
    _ request: TaskManagementRequestPDU, _ backend: UnitBackend?, tsih: UInt16?, holders: Int
  ) -> TaskAbort {
    nextToken += 1
    let token = nextToken
    pendingManagement[token] = request
    let id = connection.id
    let mailbox = thread.mailbox
    return TaskAbort(backend: backend, tsih: tsih, holders: holders) {
      mailbox.post(.taskManagementDone(id, token: token))
    }
  }

  /// Aborts the tasks of this connection that `abort` is about.
  func apply(_ abort: TaskAbort) {
    if let tsih = abort.tsih, tsih != self.tsih { return }
    shared.isAborting = true
    for slot in slots.indices where phase[slot].isActive {
      let binding = slots[slot].binding
      if let backend = abort.backend, binding < 0 || bindings[binding].backend !== backend { continue }
      if abort.isForPreempted,
        binding < 0 || slots[slot].isAbortingOthers || !bindings[binding].nexus.isPreempted
      {
        continue
      }
      self.abort(slot, for: abort)
    }
    shared.isAborting = false
    for binding in bindings.indices where taskSets[binding].isWaiting { startNext(on: binding) }
  }

  /// Ends a task without an answer.
  func abort(_ slot: Int, for abort: TaskAbort? = nil) {
    guard phase[slot].isActive else { return }
    slots[slot].isAborted = true
    if slots[slot].awaitsSanitize { stopWaitingForSanitize(slot) }
    if let abort, slots[slot].inFlight > 0 {
      abort.pending.enter()
      aborts[slot, default: []].append(abort)
    }
    settle(slot)
  }

  /// Forgets an aborted task once nothing refers to its slot any more.
  func settle(_ slot: Int) {
    guard slots[slot].isAborted, slots[slot].inFlight == 0, !slots[slot].isQueued, phase[slot].isActive else {
      return
    }
    phase.abort(slot)
    retire(slot)
    for abort in aborts.removeValue(forKey: slot) ?? [] { abort.pending.leave() }
  }

  /// All tasks that the function aborts have ended, on every thread.
  func taskManagementDone(_ token: Int) {
    guard let request = pendingManagement.removeValue(forKey: token) else { return }
    let others = bindings.filter { $0.wire == request.lun }
    switch request.function {
    case .clearTaskSet:
      for binding in others {
        binding.backend.unit.raise(.commandsClearedByAnotherInitiator, except: binding.nexus)
      }
    case .logicalUnitReset:
      for binding in others { binding.backend.unit.reset(.deviceReset) }
    case .targetWarmReset, .targetColdReset:
      // Those of other initiators, too: their tasks have been aborted.
      for unit in context.units { for backend in unit.backends { backend.unit.reset(.busReset) } }
    default: break
    }
    answer(request, .complete)
    if request.function == .targetColdReset { context.endAllSessions("the target was reset") }
  }

  private func answer(_ request: TaskManagementRequestPDU, _ outcome: TaskManagementOutcome) {
    guard let pdu = connection.reserveOutput(dataLength: 0) else { return }
    phase.taskManagementResponse(outcome, to: request).encode(to: pdu)
    connection.commitOutput(pdu, dataLength: 0)
  }
}
