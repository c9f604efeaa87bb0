extension CommandExecution {
  /// GET EVENT STATUS NOTIFICATION (MMC-6 6.6), polled: what of the medium this nexus has not been told yet.
  mutating func startGetEventStatusNotification(_ environment: Environment) -> CommandStep {
    guard cdb.isSet(0x01, at: 1) else { return reject(byte: 1, bit: 0) }  // POLLED: there is no other way
    var data = ParameterData(environment.workspace)
    guard let asked = EventClass.allCases.first(where: { cdb.isSet(1 << $0.rawValue, at: 4) }) else {
      data.append(UInt16(2))
      data.append(0x80)  // NEA: no event class of those is available
      data.append(EventClass.supported)
      return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
    }
    let allocationLength = Int(cdb.uint16(at: 7))
    data.append(UInt16(6))
    data.append(asked.rawValue)
    data.append(EventClass.supported)
    switch asked {
    case .operationalChange: data.append(UInt32(0))  // nothing has changed
    case .media:
      // An event that does not fit is kept: 4 bytes only ask for the header.
      let tray =
        allocationLength > data.length
        ? environment.unit.takeMediaEvent(of: environment.nexus)
        : (event: .none, isPresent: environment.unit.isMediumPresent)
      data.append(tray.event.rawValue)
      data.append(tray.isPresent ? 0x02 : 0x01)  // medium present, or tray open
      data.append(UInt16(0))  // no slots
    }
    return send(data, allocationLength: allocationLength, workspace: environment.workspace)
  }
}

/// Notification classes, by their number; the lowest that is asked for is answered.
private enum EventClass: UInt8, CaseIterable {
  case operationalChange = 1
  case media = 4

  /// SUPPORTED EVENT CLASSES.
  static let supported: UInt8 = allCases.reduce(0) { $0 | 1 << $1.rawValue }
}
