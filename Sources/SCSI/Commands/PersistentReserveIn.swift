extension CommandExecution {
  /// PERSISTENT RESERVE IN (SPC-4 6.15).
  mutating func startPersistentReserveIn(_ command: Command, _ environment: Environment) -> CommandStep {
    let state = environment.unit.shared.withLock { $0.persistent }
    var data = ParameterData(environment.workspace)
    switch command {
    case .readKeys:
      data.append(state.generation)
      data.append(UInt32(truncatingIfNeeded: state.registrations.count * 8))
      for registration in state.registrations { data.append(registration.key) }
    case .readReservation: append(reservationOf: state, to: &data)
    case .reportCapabilities:
      data.append(UInt16(8))
      // SIP_C, ATP_C, PTPL_C; no CRH.
      data.append(environment.unit.configuration.keepsReservations ? 0x0D : 0x0C)
      data.append(state.isKept ? 0x81 : 0x80)  // TMV, PTPL_A
      data.append(UInt16(0xEA01))  // all six types
      data.append(UInt16(0))
    default:
      append(fullStatusOf: state, through: environment.unit.inventory.targetPorts.first ?? 1, to: &data)
    }
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }

  private func append(reservationOf state: PersistentReservations, to data: inout ParameterData) {
    data.append(state.generation)
    guard let reservation = state.reservation else {
      data.append(UInt32(0))
      return
    }
    data.append(UInt32(16))
    data.append(reservation.type.isAllRegistrants ? 0 : state.key(of: reservation.holder) ?? 0)
    data.append(UInt32(0))
    data.append(0)
    data.append(reservation.type.rawValue)  // SCOPE 0h: the logical unit
    data.append(UInt16(0))
  }

  /// - Parameter targetPort: a registration counts through every target port; this is the one to name.
  private func append(
    fullStatusOf state: PersistentReservations, through targetPort: UInt16, to data: inout ParameterData
  ) {
    data.append(state.generation)
    let lengthOffset = data.length
    data.append(UInt32(0))
    for registration in state.registrations {
      let isHolder = state.isHolder(registration.port)
      data.append(registration.key)
      data.append(UInt32(0))
      data.append((registration.allTargetPorts ? 0x02 : 0) | (isHolder ? 0x01 : 0x00))  // ALL_TG_PT, R_HOLDER
      data.append(isHolder ? state.reservation?.type.rawValue ?? 0 : 0)
      data.append(UInt32(0))
      data.append(targetPort)  // RELATIVE TARGET PORT IDENTIFIER
      let identifier = registration.port.transportID
      data.append(UInt32(truncatingIfNeeded: identifier.count))
      data.append(contentsOf: identifier)
    }
    data.patch(UInt32(truncatingIfNeeded: data.length - lengthOffset - 4), at: lengthOffset)
  }
}
