/// What keeps every nexus from the medium of a unit until something ends it: then it is NOT READY.
enum Hindrance: Hashable, Sendable {
  /// Reservations were kept, and cannot be read: nobody knows who may have access (SPC-4 5.13.5).
  case reservationsUnknown

  var sense: Sense {
    switch self {
    case .reservationsUnknown: Sense(key: 0x2, code: 0x0403)  // MANUAL INTERVENTION REQUIRED
    }
  }

  /// Whether the command has to wait for the end of it; nil is one that is not supported.
  func stops(_ command: Command?) -> Bool {
    switch command {
    case nil, .reportSupportedOperationCodes, .reportSupportedTaskManagementFunctions,
      .reportTargetPortGroups:
      false
    default: true
    }
  }
}
