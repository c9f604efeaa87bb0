/// What a nexus is told with its next command (SAM-5 5.14); the raw value is the additional sense code and qualifier.
public enum UnitAttention: UInt16, Hashable, Sendable {
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
  public func attach(_ port: InitiatorPort) -> Nexus {
    shared.withLock { $0.attach(port) }
  }

  /// Ends a nexus (I_T nexus loss, SAM-5 6.3.4).
  public func detach(_ nexus: Nexus) {
    shared.withLock { state in
      if let index = state.index(of: nexus) { state.nexuses.remove(at: index) }
      state.updateGates()
    }
  }

  /// Establishes a unit attention for every nexus, or for every one but `except`.
  public func raise(_ attention: UnitAttention, except: Nexus? = nil) {
    shared.withLock { state in
      for index in state.nexuses.indices where state.nexuses[index].nexus !== except {
        if !state.nexuses[index].attentions.contains(attention) {
          state.nexuses[index].attentions.append(attention)
        }
      }
      state.updateGates()
    }
  }

  /// Takes the oldest unit attention of the nexus.
  func takeAttention(of nexus: Nexus) -> UnitAttention? {
    shared.withLock { state in
      guard let index = state.index(of: nexus), !state.nexuses[index].attentions.isEmpty else { return nil }
      let attention = state.nexuses[index].attentions.removeFirst()
      state.updateGates()
      return attention
    }
  }
}
