/// What a nexus is told with its next command (SAM-5 5.14); the raw value is the additional sense code and qualifier.
public enum UnitAttention: UInt16, Hashable, Sendable {
  /// NOT READY TO READY CHANGE, MEDIUM MAY HAVE CHANGED.
  case mediumChanged = 0x2800
  case powerOn = 0x2900
  case busReset = 0x2902
  case deviceReset = 0x2903
  case modeParametersChanged = 0x2A01
  case reservationsPreempted = 0x2A03
  case reservationsReleased = 0x2A04
  case registrationsPreempted = 0x2A05
  case capacityDataHasChanged = 0x2A09
  case commandsClearedByAnotherInitiator = 0x2F00
  case reportedLUNsDataHasChanged = 0x3F0E

  var sense: Sense { Sense(key: 0x6, code: rawValue) }
}

extension LogicalUnit {
  /// Begins the nexus of `port` with this unit; its first command is told POWER ON OCCURRED.
  public func attach(_ port: InitiatorPort, through targetPort: UInt16 = 1) -> Nexus {
    shared.withLock { $0.attach(port, through: targetPort) }
  }

  /// Ends a nexus (I_T nexus loss, SAM-5 6.3.4); what it held by RESERVE (6) is free, registered keys stay.
  public func detach(_ nexus: Nexus) {
    shared.withLock { $0.detach(nexus) }
  }

  /// Establishes a unit attention for every nexus, or for every one but `except`.
  public func raise(_ attention: UnitAttention, except: Nexus? = nil) {
    shared.withLock { state in
      state.raise(attention) { $0 !== except }
      state.updateGates()
    }
  }

  /// Resets the unit (LOGICAL UNIT RESET, or with `.busReset` a target reset; SAM-5 6.3.3).
  ///
  /// Mode parameters return to their defaults and RESERVE (6) ends; persistent reservations stay. The service aborts
  /// the commands in progress.
  public func reset(_ cause: UnitAttention = .deviceReset) {
    isWriteCacheEnabled = configuration.hasVolatileWriteCache
    isWriteProtected = false
    senseFormat = .fixed
    shared.withLock { state in
      state.reserver = nil
      state.allowRemoval()
      state.raise(cause) { _ in true }
      state.updateGates()
    }
  }

  /// Whether another's reservation forbids the command to an initiator port (a copy is made on its behalf).
  func forbids(_ command: Command, to port: InitiatorPort) -> Bool {
    shared.withLock { state in
      if state.hindrance != nil { return true }
      if let reserver = state.reserver,
        !state.nexuses.contains(where: { $0.nexus.identifier == reserver && $0.nexus.port == port })
      {
        return true
      }
      return state.persistent.forbids(command, to: port)
    }
  }

  /// Whether a part of an EXTENDED COPY may read or write the unit on behalf of an initiator port. Asked with each part: a
  /// unit may be reserved, write-protected, ejected, exchanged or sanitized while it is copied; and one that each
  /// initiator has for itself is only known to the service.
  public func admitsCopy(writing: Bool, by port: InitiatorPort) -> Bool {
    !forbids(writing ? .write16 : .read16, to: port) && isMediumPresent && !(writing && isWriteProtected)
  }

  /// Takes the oldest unit attention of the nexus.
  func takeAttention(of nexus: Nexus) -> UnitAttention? {
    shared.withLock { state in
      let attention = state.takeAttention(of: nexus)
      state.updateGates()
      return attention
    }
  }

  /// Takes back a unit attention that the nexus has learnt in another way.
  func drop(_ attention: UnitAttention, of nexus: Nexus) {
    shared.withLock { state in
      guard let index = state.index(of: nexus) else { return }
      state.nexuses[index].attentions.removeAll { $0 == attention }
      state.updateGates()
    }
  }

  /// What keeps a command of `nexus` from starting: a unit attention, what hinders the unit, another's reservation, an open
  /// tray.
  ///
  /// `command` is nil for one that is not supported: unit attentions come first there, too.
  func admit(_ command: Command?, of nexus: Nexus) -> CommandStatus? {
    switch command {
    case .inquiry, .reportLUNs, .requestSense, .getConfiguration, .getEventStatusNotification: return nil
    default: break
    }
    return shared.withLock { state in
      if let attention = state.takeAttention(of: nexus) {
        state.updateGates()
        return .checkCondition(attention.sense)
      }
      if let hindrance = state.hindrance, hindrance.stops(command) {
        return .checkCondition(hindrance.sense)
      }
      if state.isReserved(against: nexus, command) { return .reservationConflict }
      guard !state.isMediumPresent, let command, supports(command), command.needsMedium else { return nil }
      return .checkCondition(.mediumNotPresent)
    }
  }
}
