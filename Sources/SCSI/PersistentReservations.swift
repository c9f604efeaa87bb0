/// Registered keys and the persistent reservation of a unit (SPC-4 5.13).
struct PersistentReservations: Hashable, Sendable {
  var registrations: [Registration] = []
  var reservation: Reservation?
  /// PRGENERATION: begins at 0 with every start, whatever is kept (SPC-4 6.15.2).
  var generation: UInt32 = 0
  /// The last APTPL bit of a registration: registrations and reservation outlive the process (SPC-4 5.13.5).
  var isKept = false

  struct Registration: Hashable, Sendable {
    let port: InitiatorPort
    var key: UInt64
    /// ALL_TG_PT: as there is one target port, it makes no difference.
    var allTargetPorts = false
  }

  /// Registrations that a unit keeps at most.
  static let limit = 1024

  struct Reservation: Hashable, Sendable {
    /// Who made it; with the all-registrants types every registrant is a holder.
    var holder: InitiatorPort
    var type: Kind
  }

  /// TYPE field (SPC-4 table 57).
  enum Kind: UInt8, Hashable, Sendable {
    case writeExclusive = 1
    case exclusiveAccess = 3
    case writeExclusiveRegistrantsOnly = 5
    case exclusiveAccessRegistrantsOnly = 6
    case writeExclusiveAllRegistrants = 7
    case exclusiveAccessAllRegistrants = 8

    var isAllRegistrants: Bool { rawValue >= 7 }
    /// Whether every registrant has access, holder or not.
    var admitsRegistrants: Bool { rawValue >= 5 }
    var isWriteExclusive: Bool { rawValue == 1 || rawValue == 5 || rawValue == 7 }
  }

  func key(of port: InitiatorPort) -> UInt64? { registrations.first { $0.port == port }?.key }

  /// Whether `port` holds the reservation.
  func isHolder(_ port: InitiatorPort) -> Bool {
    guard let reservation else { return false }
    return reservation.type.isAllRegistrants ? key(of: port) != nil : reservation.holder == port
  }

  /// Whether no command of `port` can meet a conflict.
  func allowsEverything(to port: InitiatorPort) -> Bool {
    guard let reservation else { return true }
    return isHolder(port) || (reservation.type.admitsRegistrants && key(of: port) != nil)
  }

  /// Whether the reservation forbids the command to `port` (SPC-4 table 60, SBC-3 table 13).
  func forbids(_ command: Command, to port: InitiatorPort) -> Bool {
    guard let reservation, !allowsEverything(to: port) else { return false }
    switch command.reservationClass {
    case .always: return false
    case .reads: return !reservation.type.isWriteExclusive
    case .writes: return true
    }
  }
}

extension Command {
  /// How persistent reservations treat a command.
  enum ReservationClass {
    /// Allowed to all.
    case always
    /// Allowed to all under the write exclusive types.
    case reads
    case writes
  }

  var reservationClass: ReservationClass {
    switch self {
    case .inquiry, .reportLUNs, .requestSense, .testUnitReady, .readCapacity10, .readCapacity16, .readKeys,
      .readReservation, .reportCapabilities, .readFullStatus, .register, .reserve, .release, .clear, .preempt,
      .preemptAndAbort, .registerAndIgnoreExistingKey, .registerAndMove, .reportTargetPortGroups,
      .copyStatus, .copyOperatingParameters, .failedSegmentDetails, .reportSupportedOperationCodes,
      .reportSupportedTaskManagementFunctions,
      .getConfiguration, .getEventStatusNotification, .mechanismStatus, .preventAllowMediumRemoval,
      .startStopUnit, .reserve6, .reserve10, .release6, .release10:
      .always
    case .read6, .read10, .read12, .read16, .verify10, .verify12, .verify16, .prefetch10, .prefetch16,
      .seek10, .readTOC, .readDiscInformation, .readTrackInformation, .readDiscStructure, .readCD, .readCDMSF,
      .setCDSpeed, .getLBAStatus, .logSense, .readDefectData10, .readDefectData12, .modeSense6, .modeSense10:
      .reads
    case .write6, .write10, .write12, .write16, .writeAndVerify10, .writeAndVerify12, .writeAndVerify16,
      .writeAtomic16, .sanitizeOverwrite, .sanitizeBlockErase, .sanitizeExitFailureMode, .writeSame10,
      .writeSame16, .compareAndWrite, .orWrite16, .unmap, .synchronizeCache10,
      .synchronizeCache16, .modeSelect6, .modeSelect10, .logSelect, .extendedCopy:
      .writes
    }
  }
}
