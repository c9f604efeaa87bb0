import Synchronization

extension CommandExecution {
  /// PERSISTENT RESERVE OUT (SPC-4 6.16): gathers the parameter list, longer than 24 bytes only with TransportIDs.
  mutating func startPersistentReserveOut(_ command: Command) -> CommandStep {
    switch command {
    case .reserve, .release, .preempt, .preemptAndAbort:
      guard cdb[2] >> 4 == 0 else { return reject(byte: 2, bit: 7) }  // SCOPE: the logical unit
      guard requestedType != nil else { return reject(byte: 2, bit: 3) }
    default: break
    }
    let length = Int(clamping: cdb.uint32(at: 5))
    let mayBeLonger = command == .register || command == .registerAndMove
    guard length == 24 || (mayBeLonger && length > 24 && length <= ReserveOutList.longest) else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    return receiveParameterList(length)
  }

  /// Where reservations can be kept, one command at a time changes them: it holds the unit until they are.
  mutating func resumePersistentReserveOut(
    _ command: Command, _ environment: Environment, dataOut: UnsafeRawBufferPointer
  ) -> CommandStep {
    let unit = environment.unit
    switch phase {
    case .received where unit.configuration.keepsReservations:
      phase = .excluded
      return .exclude
    case .received, .excluded:
      guard let bytes = parameterList(dataOut) else {
        return .finish(.checkCondition(.parameterListLengthError))
      }
      switch ReserveOutList.read(
        bytes, for: command, targetPorts: unit.inventory.targetPorts,
        mayBeKept: unit.configuration.keepsReservations)
      {
      case .failure(let refusal): return .finish(.checkCondition(refusal.sense))
      case .success(let list): return change(command, list, environment)
      }
    case .stored:
      let preemption = unit.shared.withLock { state in
        let change = state.change
        state.change = nil
        return command == .preemptAndAbort ? change.flatMap { state.markPreempted($0) } : nil
      }
      return finish(preempting: preemption, unit)
    case .admitted: return abortPreempted()
    default: return .finish(.good)
    }
  }

  private mutating func change(
    _ command: Command, _ list: ReserveOutList, _ environment: Environment
  ) -> CommandStep {
    let nexus = environment.nexus
    var preemption: UInt64?
    let (outcome, isKept) = environment.unit.shared.withLock { state in
      var change = ReservationChange(result: state.persistent, notices: [], nexus: nexus)
      let outcome = apply(&change.result, command, nexus.port, list, notices: &change.notices)
      let isKept = state.persistent.isKept || change.result.isKept
      guard outcome == .done else { return (outcome, isKept) }
      if isKept {
        state.change = change
      } else {
        state.commit(change)
        if command == .preemptAndAbort { preemption = state.markPreempted(change) }
      }
      return (outcome, isKept)
    }
    switch outcome {
    case .done:
      phase = .stored
      return isKept ? .keepReservations : finish(preempting: preemption, environment.unit)
    case .conflict: return .finish(.reservationConflict)
    case .invalidRelease: return .finish(.checkCondition(Sense(key: 0x5, code: 0x2604)))
    case .invalidKey: return .finish(.checkCondition(.invalidField(parameterByte: 8)))
    case .invalidPort: return .finish(.checkCondition(.invalidField(parameterByte: 24)))
    case .tooManyRegistrations: return .finish(.checkCondition(Sense(key: 0x5, code: 0x5504)))
    }
  }

  /// The change counts: ends the command, with PREEMPT AND ABORT once the tasks of those preempted have ended.
  private mutating func finish(preempting preemption: UInt64?, _ unit: LogicalUnit) -> CommandStep {
    guard let preemption else { return .finish(.good) }
    index = Int(truncatingIfNeeded: preemption)
    guard unit.configuration.keepsReservations else { return abortPreempted() }
    // The writes that are to be aborted may be among those that wait for this command.
    phase = .admitted
    return .admit
  }

  private mutating func abortPreempted() -> CommandStep {
    phase = .single
    return .abortPreempted(preemption: UInt64(truncatingIfNeeded: index))
  }

  private var requestedType: PersistentReservations.Kind? {
    PersistentReservations.Kind(rawValue: cdb[2] & 0x0F)
  }

  private func apply(
    _ state: inout PersistentReservations, _ command: Command, _ port: InitiatorPort, _ list: ReserveOutList,
    notices: inout [PersistentReservations.Notice]
  ) -> PersistentReservations.Outcome {
    if command.isRegistration { state.isKept = list.isKept }
    return switch command {
    case .reserve:
      requestedType.map { state.reserve(port, key: list.key, type: $0) } ?? .conflict
    case .release: state.release(port, key: list.key, type: requestedType, notices: &notices)
    case .clear: state.clear(port, key: list.key, notices: &notices)
    case .preempt, .preemptAndAbort:
      state.preempt(
        port, key: list.key, victimKey: list.actionKey, type: requestedType, notices: &notices)
    case .registerAndMove: state.move(port, list, notices: &notices)
    default:
      state.register(
        port, list, ignoringExistingKey: command == .registerAndIgnoreExistingKey, notices: &notices)
    }
  }
}

extension SharedState {
  /// Marks the nexuses whose registrations were taken away, for `CommandStep.abortPreempted`.
  ///
  /// - Returns: the number of the preemption; nil: there are none.
  mutating func markPreempted(_ change: ReservationChange) -> UInt64? {
    let victims = change.notices.filter { $0.attention == .registrationsPreempted }.flatMap(\.ports)
    var isAny = false
    preemptions &+= 1
    for attachment in nexuses
    where attachment.nexus !== change.nexus && victims.contains(attachment.nexus.port) {
      attachment.nexus.preemption.store(preemptions, ordering: .releasing)
      isAny = true
    }
    return isAny ? preemptions : nil
  }
}

extension LogicalUnit {
  /// `CommandStep.abortPreempted` has been carried out; who was preempted anew meanwhile stays so.
  public func preemptedTasksHaveEnded(_ preemption: UInt64) {
    shared.withLock { state in
      for attachment in state.nexuses
      where attachment.nexus.preemption.load(ordering: .acquiring) == preemption {
        attachment.nexus.preemption.store(0, ordering: .releasing)
      }
    }
  }
}
