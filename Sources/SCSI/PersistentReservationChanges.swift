/// The service actions of PERSISTENT RESERVE OUT as changes of a state, with who has to be told (SPC-4 5.13, 6.16).
extension PersistentReservations {
  enum Outcome: Hashable {
    case done
    case conflict
    /// INVALID RELEASE OF PERSISTENT RESERVATION.
    case invalidRelease
    /// SERVICE ACTION RESERVATION KEY is not one that the action takes.
    case invalidKey
  }

  /// A unit attention for the ports in the list.
  struct Notice: Hashable {
    let attention: UnitAttention
    let ports: [InitiatorPort]
  }

  /// REGISTER, and with `ignoringExistingKey` REGISTER AND IGNORE EXISTING KEY. Key 0 unregisters.
  mutating func register(
    _ port: InitiatorPort, key: UInt64, newKey: UInt64, ignoringExistingKey: Bool, notices: inout [Notice]
  ) -> Outcome {
    guard let index = registrations.firstIndex(where: { $0.port == port }) else {
      guard ignoringExistingKey || key == 0 else { return .conflict }
      if newKey != 0 {
        registrations.append(Registration(port: port, key: newKey))
        generation &+= 1
      }
      return .done
    }
    guard ignoringExistingKey || registrations[index].key == key else { return .conflict }
    generation &+= 1
    if newKey == 0 {
      unregister(port, notices: &notices)
    } else {
      registrations[index].key = newKey
    }
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
