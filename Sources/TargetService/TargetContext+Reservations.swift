import BlockStore
import Linux
import Logging
import SCSI

/// Persistent reservations that outlive the process: where they are kept, and how units get them back.
extension TargetContext {
  /// The directory that the configuration names; nil for none, and for one in memory.
  static func openReservationDirectory(_ configuration: TargetConfiguration, _ logger: Logger)
    throws(TargetError) -> ReservationDirectory?
  {
    let path = configuration.stateDirectory
    if path.isEmpty { return nil }
    do throws(SystemError) {
      let directory = try ReservationDirectory.open(path)
      if directory == nil {
        logger.warning("\(path) is in memory: persistent reservations end with this program (no APTPL)")
      }
      return directory
    } catch { throw .stateDirectory(path, reason: error.description) }
  }

  /// Gives a new unit the reservations that were kept. Where they cannot be read, nobody gets at its medium: whoever had
  /// it reserved would not be asked otherwise.
  func recallReservations(of unit: UnitBackend) {
    guard let file = unit.reservations else { return }
    let lun = unit.number.value
    var problem: String
    do throws(ReservationFileProblem) {
      if let count = unit.unit.restoreReservations(try file.read()) {
        if count > 0 { logger.notice("LUN \(lun): \(count) persistent registrations are there again") }
        return
      }
      problem = "\(file.path) makes no sense"
    } catch { problem = error.description }
    problem +=
      "; LUN \(lun) may be reserved, so that it is not ready for anyone: when no initiator relies on its "
      + "reservations any more, move that file away and restart"
    logger.error("\(problem)")
    report(.unitFailed(lun: Int(lun), reason: problem))
    unit.unit.reservationsAreUnknown()
  }
}

extension UnitBackend {
  /// Carries out `CommandStep.keepReservations`; it waits for the file system.
  ///
  /// - Throws: why they are as they were.
  func keepReservations() throws(ReservationFileProblem) {
    guard let reservations else { return }
    try unit.keepReservations { (record) throws(ReservationFileProblem) in try reservations.write(record) }
  }
}
