/// The service actions of PERSISTENT RESERVE OUT as changes of a state, with who has to be told (SPC-4 5.13, 6.16).
extension PersistentReservations {
  enum Outcome: Hashable {
    case done
    case conflict
    /// INVALID RELEASE OF PERSISTENT RESERVATION.
    case invalidRelease
    /// SERVICE ACTION RESERVATION KEY is not one that the action takes.
    case invalidKey
    /// A port of the list cannot be registered, or be given the reservation.
    case invalidPort
    /// INSUFFICIENT REGISTRATION RESOURCES.
    case tooManyRegistrations
  }

  /// A unit attention for the ports in the list.
  struct Notice: Hashable {
    let attention: UnitAttention
    let ports: [InitiatorPort]
  }

  /// REGISTER, and with `ignoringExistingKey` REGISTER AND IGNORE EXISTING KEY. Key 0 unregisters.
  mutating func register(
    _ port: InitiatorPort, _ list: ReserveOutList, ignoringExistingKey: Bool, notices: inout [Notice]
  ) -> Outcome {
    guard let index = registrations.firstIndex(where: { $0.port == port }) else {
      guard ignoringExistingKey || list.key == 0 else { return .conflict }
      return list.actionKey == 0 ? .done : add(port, list)
    }
    guard ignoringExistingKey || registrations[index].key == list.key else { return .conflict }
    // SPEC_I_PT is for a port that has no registration yet (SPC-4 5.13.7).
    guard list.ports.isEmpty else { return .invalidPort }
    generation &+= 1
    if list.actionKey == 0 {
      unregister(port, notices: &notices)
    } else {
      registrations[index].key = list.actionKey
      registrations[index].allTargetPorts = list.allTargetPorts
    }
    return .done
  }

  /// Registers a port and those that SPEC_I_PT names, all or none.
  private mutating func add(_ port: InitiatorPort, _ list: ReserveOutList) -> Outcome {
    let ports = [port] + list.ports
    guard Set(ports).count == ports.count, !ports.contains(where: { key(of: $0) != nil }) else {
      return .invalidPort
    }
    guard registrations.count + ports.count <= Self.limit else { return .tooManyRegistrations }
    for port in ports {
      registrations.append(
        Registration(port: port, key: list.actionKey, allTargetPorts: list.allTargetPorts))
    }
    generation &+= 1
    return .done
  }

  /// REGISTER AND MOVE (SPC-4 5.13.8): gives the reservation to another port, which need not be there.
  mutating func move(_ port: InitiatorPort, _ list: ReserveOutList, notices: inout [Notice]) -> Outcome {
    guard key(of: port) == list.key, let held = reservation, !held.type.isAllRegistrants, held.holder == port
    else { return .conflict }
    guard let receiver = list.ports.first, receiver != port else { return .invalidPort }
    if let index = registrations.firstIndex(where: { $0.port == receiver }) {
      registrations[index].key = list.actionKey
    } else {
      guard registrations.count < Self.limit else { return .tooManyRegistrations }
      registrations.append(Registration(port: receiver, key: list.actionKey))
    }
    reservation = Reservation(holder: receiver, type: held.type)
    if list.unregisters { registrations.removeAll { $0.port == port } }
    generation &+= 1
    return .done
  }

  /// RESERVE (SPC-4 5.13.10): the holder may repeat it with the same type.
  mutating func reserve(_ port: InitiatorPort, key: UInt64, type: Kind) -> Outcome {
    guard self.key(of: port) == key else { return .conflict }
    if let reservation { return isHolder(port) && reservation.type == type ? .done : .conflict }
    reservation = Reservation(holder: port, type: type)
    return .done
  }

  /// RELEASE (SPC-4 5.13.11.2).
  mutating func release(_ port: InitiatorPort, key: UInt64, type: Kind?, notices: inout [Notice]) -> Outcome {
    guard self.key(of: port) == key else { return .conflict }
    guard let held = reservation, isHolder(port) else { return .done }
    guard held.type == type else { return .invalidRelease }
    reservation = nil
    if held.type.admitsRegistrants {
      notices.append(Notice(attention: .reservationsReleased, ports: ports(except: port)))
    }
    return .done
  }

  /// CLEAR (SPC-4 5.13.11.6).
  mutating func clear(_ port: InitiatorPort, key: UInt64, notices: inout [Notice]) -> Outcome {
    guard self.key(of: port) == key else { return .conflict }
    notices.append(Notice(attention: .reservationsPreempted, ports: ports(except: port)))
    registrations.removeAll()
    reservation = nil
    generation &+= 1
    return .done
  }

  /// PREEMPT (SPC-4 5.13.11.4).
  mutating func preempt(
    _ port: InitiatorPort, key: UInt64, victimKey: UInt64, type: Kind?, notices: inout [Notice]
  ) -> Outcome {
    guard self.key(of: port) == key else { return .conflict }
    guard let held = reservation, holds(held, key: victimKey) else {
      guard victimKey != 0 else { return .invalidKey }
      let victims = registrations.filter { $0.key == victimKey }.map(\.port)
      guard !victims.isEmpty else { return .conflict }
      remove(victims, by: port, notices: &notices)
      generation &+= 1
      return .done
    }
    guard let type else { return .invalidKey }
    let isEveryone = held.type.isAllRegistrants
    let victims = registrations.filter { $0.port != port && (isEveryone || $0.key == victimKey) }.map(\.port)
    registrations.removeAll { victims.contains($0.port) }
    if !victims.isEmpty { notices.append(Notice(attention: .registrationsPreempted, ports: victims)) }
    if held.type != type {
      notices.append(Notice(attention: .reservationsReleased, ports: ports(except: port)))
    }
    reservation = Reservation(holder: port, type: type)
    generation &+= 1
    return .done
  }

  /// Whether preempting `key` takes the reservation over: the holder's key, or 0 where all registrants hold it.
  private func holds(_ held: Reservation, key: UInt64) -> Bool {
    held.type.isAllRegistrants ? key == 0 : self.key(of: held.holder) == key
  }

  /// Takes registrations away from others; the one who does it keeps its own quietly removed too if it named itself.
  private mutating func remove(_ victims: [InitiatorPort], by port: InitiatorPort, notices: inout [Notice]) {
    for victim in victims { unregister(victim, notices: &notices) }
    let others = victims.filter { $0 != port }
    if !others.isEmpty { notices.append(Notice(attention: .registrationsPreempted, ports: others)) }
  }

  /// Removes a registration, and the reservation with its last holder (SPC-4 5.13.11.3).
  private mutating func unregister(_ port: InitiatorPort, notices: inout [Notice]) {
    let wasHolder = isHolder(port)
    registrations.removeAll { $0.port == port }
    guard let held = reservation, wasHolder else { return }
    if held.type.isAllRegistrants && !registrations.isEmpty { return }
    reservation = nil
    if held.type.admitsRegistrants {
      notices.append(Notice(attention: .reservationsReleased, ports: registrations.map(\.port)))
    }
  }

  private func ports(except port: InitiatorPort) -> [InitiatorPort] {
    registrations.map(\.port).filter { $0 != port }
  }
}
