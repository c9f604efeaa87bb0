extension CommandExecution {
  /// PERSISTENT RESERVE OUT (SPC-4 6.16): gathers the parameter list, which is always 24 bytes here.
  mutating func startPersistentReserveOut(_ command: Command) -> CommandStep {
    switch command {
    case .reserve, .release, .preempt:
      guard cdb[2] >> 4 == 0 else { return reject(byte: 2, bit: 7) }  // SCOPE: the logical unit
      guard requestedType != nil else { return reject(byte: 2, bit: 3) }
    default: break
    }
    guard cdb.uint32(at: 5) == 24 else { return .finish(.checkCondition(.parameterListLengthError)) }
    return receiveParameterList(24)
  }

  mutating func resumePersistentReserveOut(
    _ command: Command, _ environment: Environment, dataOut: UnsafeRawBufferPointer
  ) -> CommandStep {
    guard let list = parameterList(dataOut), let key = list.bigEndian(UInt64.self, at: 0),
      let actionKey = list.bigEndian(UInt64.self, at: 8), let flags = list.bigEndian(UInt8.self, at: 20)
    else { return .finish(.checkCondition(.parameterListLengthError)) }
    // SPEC_I_PT and APTPL are not supported; ALL_TG_PT is true of a target with one port.
    if flags & 0x08 != 0 { return .finish(.checkCondition(.invalidField(parameterByte: 20, bit: 3))) }
    if flags & 0x01 != 0 { return .finish(.checkCondition(.invalidField(parameterByte: 20, bit: 0))) }

    let port = environment.nexus.port
    let outcome = environment.unit.shared.withLock { state in
      var notices: [PersistentReservations.Notice] = []
      let outcome = change(
        &state.persistent, command, port, key: key, actionKey: actionKey, notices: &notices)
      for notice in notices {
        state.raise(notice.attention) { notice.ports.contains($0.port) && $0 !== environment.nexus }
      }
      state.updateGates()
      return outcome
    }
    switch outcome {
    case .done: return .finish(.good)
    case .conflict: return .finish(.reservationConflict)
    case .invalidRelease: return .finish(.checkCondition(Sense(key: 0x5, code: 0x2604)))
    case .invalidKey: return .finish(.checkCondition(.invalidField(parameterByte: 8)))
    }
  }

  private var requestedType: PersistentReservations.Kind? {
    PersistentReservations.Kind(rawValue: cdb[2] & 0x0F)
  }

  private func change(
    _ state: inout PersistentReservations, _ command: Command, _ port: InitiatorPort, key: UInt64,
    actionKey: UInt64, notices: inout [PersistentReservations.Notice]
  ) -> PersistentReservations.Outcome {
    switch command {
    case .reserve:
      requestedType.map { state.reserve(port, key: key, type: $0) } ?? .conflict
    case .release: state.release(port, key: key, type: requestedType, notices: &notices)
    case .clear: state.clear(port, key: key, notices: &notices)
    case .preempt:
      state.preempt(port, key: key, victimKey: actionKey, type: requestedType, notices: &notices)
    default:
      state.register(
        port, key: key, newKey: actionKey,
        ignoringExistingKey: command == .registerAndIgnoreExistingKey, notices: &notices)
    }
  }
}
