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

  mutating func resumePersistentReserveOut(
    _ command: Command, _ environment: Environment, dataOut: UnsafeRawBufferPointer
  ) -> CommandStep {
    // The tasks of those who were preempted have ended, or the state has been saved.
    guard phase == .received else { return .finish(.good) }
    guard let bytes = parameterList(dataOut) else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    let list: ReserveOutList
    switch ReserveOutList.read(bytes, for: command) {
    case .failure(let refusal): return .finish(.checkCondition(refusal.sense))
    case .success(let read): list = read
    }
    var preemption: UInt64?
    let nexus = environment.nexus
    let outcome = environment.unit.shared.withLock { state in
      var notices: [PersistentReservations.Notice] = []
      let outcome = change(&state.persistent, command, nexus.port, list, notices: &notices)
      for notice in notices {
        state.raise(notice.attention) { notice.ports.contains($0.port) && $0 !== nexus }
      }
      if command == .preemptAndAbort { preemption = state.markPreempted(notices, by: nexus) }
      state.updateGates()
      return outcome
    }
    switch outcome {
    case .done:
      phase = .stored
      return preemption.map { .abortPreempted(preemption: $0) } ?? .finish(.good)
    case .conflict: return .finish(.reservationConflict)
    case .invalidRelease: return .finish(.checkCondition(Sense(key: 0x5, code: 0x2604)))
    case .invalidKey: return .finish(.checkCondition(.invalidField(parameterByte: 8)))
    case .invalidPort: return .finish(.checkCondition(.invalidField(parameterByte: 24)))
    case .tooManyRegistrations: return .finish(.checkCondition(Sense(key: 0x5, code: 0x5504)))
    }
  }

  private var requestedType: PersistentReservations.Kind? {
    PersistentReservations.Kind(rawValue: cdb[2] & 0x0F)
  }

  private func change(
    _ state: inout PersistentReservations, _ command: Command, _ port: InitiatorPort, _ list: ReserveOutList,
    notices: inout [PersistentReservations.Notice]
  ) -> PersistentReservations.Outcome {
    switch command {
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
  mutating func markPreempted(_ notices: [PersistentReservations.Notice], by nexus: Nexus) -> UInt64? {
    let victims = notices.filter { $0.attention == .registrationsPreempted }.flatMap(\.ports)
    var isAny = false
    preemptions &+= 1
    for attachment in nexuses where attachment.nexus !== nexus && victims.contains(attachment.nexus.port) {
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
