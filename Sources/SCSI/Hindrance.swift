/// What keeps every nexus from the medium of a unit until something ends it: then it is NOT READY.
enum Hindrance: Hashable, Sendable {
  /// Reservations were kept, and cannot be read: nobody knows who may have access (SPC-4 5.13.5).
  case reservationsUnknown
  /// A sanitize operation is under way; how far it is, in 65536ths (SBC-4 4.11.2).
  case sanitizing(progress: UInt16)
  /// A sanitize operation has failed. Restricted: only another one ends that (SBC-4 4.11.3).
  case sanitizeFailed(isRestricted: Bool)
  /// The medium is being exchanged for another.
  case mediumChanging

  var sense: Sense {
    switch self {
    case .reservationsUnknown: Sense(key: 0x2, code: 0x0403)  // MANUAL INTERVENTION REQUIRED
    case .sanitizing(let progress): .sanitizing(progress: progress)
    case .sanitizeFailed: .sanitizeFailed
    case .mediumChanging: .becomingReady
    }
  }

  /// Whether the command has to wait for the end of it; nil is one that is not supported.
  func stops(_ command: Command?) -> Bool {
    switch command {
    case nil, .reportSupportedOperationCodes, .reportSupportedTaskManagementFunctions,
      .reportTargetPortGroups:
      return false
    case .readKeys, .readReservation, .reportCapabilities, .readFullStatus, .register, .reserve, .release,
      .clear, .preempt,
      .preemptAndAbort, .registerAndIgnoreExistingKey, .registerAndMove:
      // Whoever holds a reservation, and is gone, does not keep all others from another sanitize operation.
      if case .sanitizeFailed = self { return false }
      return true
    case .sanitizeOverwrite, .sanitizeBlockErase, .sanitizeExitFailureMode:
      if case .sanitizeFailed = self { return false }
      return true
    default: return true
    }
  }
}
