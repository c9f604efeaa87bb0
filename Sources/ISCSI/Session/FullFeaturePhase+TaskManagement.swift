extension FullFeaturePhase {
  /// Which tasks of this session a task management function ends, or its answer where it ends none.
  public enum TaskManagementPlan: Hashable, Sendable {
    case answer(TaskManagementOutcome)
    /// Abort one task of this session.
    case abortTask(slot: Int)
    /// Abort the tasks of this session on the unit.
    case abortTaskSet(lun: UInt64)
    /// Abort the tasks of all sessions on the unit.
    case clearTaskSet(lun: UInt64)
    /// Abort the tasks of all sessions on the unit and reset it.
    case resetUnit(lun: UInt64)
    /// The same for every unit; `cold` ends all sessions, too.
    case resetTarget(cold: Bool)
  }

  /// Decides about a request (RFC 7143 11.5, 11.6.1). Whether the LUN exists is for the caller to know.
  public func plan(_ request: TaskManagementRequestPDU) -> TaskManagementPlan {
    switch request.function {
    case .abortTask: planAbort(request)
    case .abortTaskSet: .abortTaskSet(lun: request.lun)
    case .clearTaskSet: .clearTaskSet(lun: request.lun)
    case .logicalUnitReset: .resetUnit(lun: request.lun)
    case .targetWarmReset: .resetTarget(cold: false)
    case .targetColdReset: .resetTarget(cold: true)
    case .taskReassign: .answer(.reassignmentNotSupported)
    case .clearACA: .answer(.notSupported)
    case nil: .answer(.rejected)
    }
  }

  private func planAbort(_ request: TaskManagementRequestPDU) -> TaskManagementPlan {
    if let slot = slot(ofTask: request.referencedTaskTag) {
      return tasks[slot].lun == request.lun ? .abortTask(slot: slot) : .answer(.taskDoesNotExist)
    }
    // 11.6.1: a command that is still to come, by its RefCmdSN inside the window, counts as aborted.
    let reference = request.refCmdSN
    let isToCome =
      reference == window.expCmdSN
      || (comesAfter(reference, window.expCmdSN) && !comesAfter(reference, window.maxCmdSN))
    return .answer(isToCome ? .complete : .taskDoesNotExist)
  }
}
