/// A change of the persistent reservations by one PERSISTENT RESERVE OUT, until it is kept or given up.
struct ReservationChange: Sendable {
  /// What they will be.
  var result: PersistentReservations
  /// Whom to tell then.
  var notices: [PersistentReservations.Notice]
  /// Who changes them.
  let nexus: Nexus
}

extension SharedState {
  /// Makes a change count.
  mutating func commit(_ change: ReservationChange) {
    persistent = change.result
    for notice in change.notices {
      raise(notice.attention) { notice.ports.contains($0.port) && $0 !== change.nexus }
    }
    updateGates()
  }
}

extension LogicalUnit {
  /// Takes what was kept of the persistent reservations when the process ended; before the first `attach`.
  ///
  /// - Parameter record: what `keepReservations` had saved; nil: nothing.
  /// - Returns: how many registrations there are; nil where the record makes no sense: see `reservationsAreUnknown`.
  public func restoreReservations(_ record: [UInt8]?) -> Int? {
    guard let record else { return 0 }
    guard let kept = PersistentReservations(record: record) else { return nil }
    shared.withLock { state in
      state.persistent = kept
      state.updateGates()
    }
    return kept.registrations.count
  }

  /// Reservations were kept, but nobody can tell which: as it may be anybody's, nobody gets at the medium, and commands
  /// end with NOT READY, MANUAL INTERVENTION REQUIRED.
  public func reservationsAreUnknown() {
    shared.withLock { state in
      state.hindrance = .reservationsUnknown
      state.updateGates()
    }
  }

  /// Carries out `CommandStep.keepReservations`: the change counts once it is saved, and not at all if it cannot be.
  ///
  /// - Parameter save: puts the record on stable storage in place of the one before; nil removes that. It may block.
  ///   What it throws is thrown on.
  public func keepReservations<Failure>(_ save: ([UInt8]?) throws(Failure) -> Void) throws(Failure) {
    // Only the command that holds the unit gets here.
    guard let change = shared.withLock({ $0.change }) else { return }
    let result = change.result
    try save(result.isKept && !result.registrations.isEmpty ? result.record : nil)
    shared.withLock { $0.commit(change) }
  }
}
