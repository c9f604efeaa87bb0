/// What a nexus has not been told yet of the medium (MMC-6 6.6.3.4); the raw value is the MEDIA EVENT.
enum MediaEvent: UInt8, Hashable, Sendable {
  case none = 0
  case newMedia = 2
  case mediaRemoval = 3
  case mediaChanged = 4
}

/// The tray of a unit with a removable medium: who keeps it shut, and who is told that it moved.
extension LogicalUnit {
  /// Whether the medium is loaded.
  var isMediumPresent: Bool { shared.withLock { $0.isMediumPresent } }

  /// Whether any nexus keeps the medium where it is.
  public var isRemovalPrevented: Bool { shared.withLock { $0.isRemovalPrevented } }

  /// PREVENT ALLOW MEDIUM REMOVAL of one nexus, which does not speak for others (SPC-4 6.19).
  func prevent(_ prevents: Bool, by nexus: Nexus) {
    shared.withLock { state in
      guard let index = state.index(of: nexus) else { return }
      state.nexuses[index].isPreventing = prevents
    }
  }

  /// Opens or shuts the tray on behalf of `nexus`, which need not be told.
  ///
  /// - Returns: false where the tray is locked and would have to move.
  func moveTray(isLoaded: Bool, by nexus: Nexus) -> Bool {
    shared.withLock { state in
      guard state.isMediumPresent != isLoaded else { return true }
      guard !state.isRemovalPrevented else { return false }
      state.isMediumPresent = isLoaded
      state.tell(isLoaded ? .newMedia : .mediaRemoval)
      if isLoaded { state.raise(.mediumChanged) { $0 !== nexus } }
      state.updateGates()
      return true
    }
  }

  /// Shuts the unit while its medium is exchanged, until `exchangeMedium` or `keepMedium`.
  ///
  /// - Returns: false where it is shut already, for another reason.
  public func beginExchange() -> Bool {
    shared.withLock { state in
      guard state.hindrance == nil else { return false }
      state.hindrance = .mediumChanging
      state.updateGates()
      return true
    }
  }

  /// Whether its medium is being exchanged.
  public var isExchanging: Bool { shared.withLock { $0.hindrance == .mediumChanging } }

  /// Tells the unit that another medium of `count` blocks lies in its tray, and opens it: who had it learns of that before
  /// anything of the new one.
  ///
  /// An open tray is shut with it.
  public func exchangeMedium(blocks count: UInt64) {
    setBlockCount(count)
    shared.withLock { state in
      if state.hindrance == .mediumChanging { state.hindrance = nil }
      state.isMediumPresent = true
      state.tell(.mediaChanged)
      state.raise(.mediumChanged) { _ in true }
      state.updateGates()
    }
  }

  /// Opens the unit again: it keeps the medium that it has.
  public func keepMedium() {
    shared.withLock { state in
      if state.hindrance == .mediumChanging { state.hindrance = nil }
      state.updateGates()
    }
  }

  /// What the nexus has to be told of the medium, once, and whether it is there.
  func takeMediaEvent(of nexus: Nexus) -> (event: MediaEvent, isPresent: Bool) {
    shared.withLock { state in
      guard let index = state.index(of: nexus) else { return (.none, state.isMediumPresent) }
      let event = state.nexuses[index].mediaEvent
      state.nexuses[index].mediaEvent = .none
      return (event, state.isMediumPresent)
    }
  }
}

extension SharedState {
  var isRemovalPrevented: Bool { nexuses.contains { $0.isPreventing } }

  /// Nobody keeps the medium any more, as after a reset.
  mutating func allowRemoval() {
    for index in nexuses.indices { nexuses[index].isPreventing = false }
  }

  fileprivate mutating func tell(_ event: MediaEvent) {
    for index in nexuses.indices { nexuses[index].mediaEvent = event }
  }
}
