/// A sanitize operation under way, and what becomes of the unit if it cannot begin.
struct SanitizeState: Sendable {
  let operation: SanitizeOperation
  /// The nexus that asked for it.
  let nexus: UInt64
  let before: Hindrance?
}

/// How a sanitize operation has ended.
public enum SanitizeOutcome: Hashable, Sendable {
  case succeeded
  /// The medium failed, and has been changed in part.
  case failed
  /// Nothing has been changed.
  case notBegun
}

/// Why a sanitize operation does not begin.
enum SanitizeRefusal: Hashable, Sendable {
  case reservationConflict
  case sense(Sense)
}

/// Sanitize operations (SBC-4 4.11): while one is under way nobody gets at the medium, and neither task management nor
/// the loss of a nexus ends it.
extension LogicalUnit {
  /// BLOCK ERASE is for media that can give blocks back.
  var offersBlockErase: Bool {
    configuration.allowsSanitize && configuration.deallocation != .unsupported && !isMultimedia
  }

  /// The sanitize operation that is to be carried out, or is under way.
  public var sanitizeOperation: SanitizeOperation? { shared.withLock { $0.sanitize?.operation } }

  /// Shuts the unit for a sanitize operation.
  ///
  /// - Returns: the sense data of what stands in its way; nil: nothing.
  func beginSanitize(_ operation: SanitizeOperation, _ command: Command, by nexus: Nexus) -> SanitizeRefusal?
  {
    shared.withLock { state in
      // What was so when the command came need not be so any more: its parameters may have come late.
      if state.isReserved(against: nexus, command) { return .reservationConflict }
      guard state.isMediumPresent else { return .sense(.mediumNotPresent) }
      switch state.hindrance {
      case nil: break
      case .sanitizeFailed(let isRestricted):
        // AUSE: who was promised that nobody gets at what is left of the data is not disappointed now.
        guard operation.isRestricted || !isRestricted else {
          return .sense(.invalidField(cdbByte: 1, bit: 5))
        }
      case let hindrance?: return .sense(hindrance.sense)
      }
      state.sanitize = SanitizeState(
        operation: operation, nexus: nexus.identifier, before: state.hindrance)
      state.hindrance = .sanitizing(progress: 0)
      state.updateGates()
      return nil
    }
  }

  /// Tells how far the sanitize operation is, in 65536ths.
  public func sanitizeAdvanced(to progress: UInt16) {
    shared.withLock { state in
      if state.sanitize != nil { state.hindrance = .sanitizing(progress: progress) }
    }
  }

  /// The sanitize operation has ended: what was written is on stable storage, or never will be.
  public func sanitizeEnded(_ outcome: SanitizeOutcome) {
    shared.withLock { state in
      guard let sanitize = state.sanitize else { return }
      state.sanitize = nil
      switch outcome {
      case .succeeded:
        state.hindrance = nil
        // Others may believe that they know what is on it.
        state.raise(.mediumChanged) { $0.identifier != sanitize.nexus }
      case .failed: state.hindrance = .sanitizeFailed(isRestricted: sanitize.operation.isRestricted)
      case .notBegun: state.hindrance = sanitize.before
      }
      state.updateGates()
    }
  }

  /// EXIT FAILURE MODE: opens the unit after a sanitize operation that failed in the unrestricted completion mode.
  ///
  /// - Returns: whether it is not shut by one that failed.
  func exitSanitizeFailure() -> Bool {
    shared.withLock { state in
      guard case .sanitizeFailed(let isRestricted) = state.hindrance else { return true }
      if isRestricted { return false }
      state.hindrance = nil
      state.raise(.mediumChanged) { _ in true }
      state.updateGates()
      return true
    }
  }
}
