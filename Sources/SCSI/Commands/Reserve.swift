extension CommandExecution {
  /// RESERVE (6), (10) of the whole unit (SPC-2 7.21): refused while keys are registered (SPC-4 5.13.3).
  func startReserve(_ environment: Environment) -> CommandStep {
    if let refusal = refuseThirdParty { return refusal }
    return environment.unit.shared.withLock { state in
      guard state.persistent.registrations.isEmpty else { return .finish(.reservationConflict) }
      state.reserver = environment.nexus.identifier
      state.updateGates()
      return .finish(.good)
    }
  }

  /// RELEASE (6), (10) (SPC-2 7.16): of another's reservation it does nothing, and is GOOD.
  func startRelease(_ environment: Environment) -> CommandStep {
    if let refusal = refuseThirdParty { return refusal }
    return environment.unit.shared.withLock { state in
      guard state.persistent.registrations.isEmpty else { return .finish(.reservationConflict) }
      if state.reserver == environment.nexus.identifier {
        state.reserver = nil
        state.updateGates()
      }
      return .finish(.good)
    }
  }

  /// Third parties and, in the 6-byte commands, extents.
  private var refuseThirdParty: CommandStep? {
    cdb.isSet(0x13, at: 1) ? reject(byte: 1, bit: 4) : nil
  }
}
