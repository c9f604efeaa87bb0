import BlockStore
import SCSI
import Synchronization

/// A unit as the target has it: with one backend for all initiators or, where they write to overlays, one for each.
final class SharedUnit: Sendable {
  /// What all initiators use; with overlays only the inventory does.
  let common: UnitBackend
  /// The overlays of the initiators; nil where they share the store.
  let overlays: OverlaySet?
  /// Why the image that its drive's path names now does not come into the drive, told already; nil: it does.
  let discProblem = Mutex<String?>(nil)
  private let unit: TargetConfiguration.Unit
  private let inventory: LogicalUnitInventory
  private let targetName: String
  private let threads: Int
  /// The backends of initiators that have an overlay.
  private let own = Mutex<[String: UnitBackend]>([:])

  init(
    _ unit: TargetConfiguration.Unit, inventory: LogicalUnitInventory, targetName: String, threads: Int,
    reservations: ReservationDirectory? = nil
  ) throws(TargetError) {
    common = try UnitBackend(
      unit, latencies: (0..<max(1, threads)).map { _ in LatencyRecorder() }, inventory: inventory,
      targetName: targetName, threads: threads,
      // Reservations among the sessions of one initiator, which is who has an overlay, end with the process.
      reservations: unit.store.mode == .overlay ? nil : reservations)
    self.threads = threads
    overlays =
      unit.store.mode == .overlay
      ? OverlaySet(base: unit.store, lun: unit.lun, options: unit.overlays) : nil
    self.unit = unit
    self.inventory = inventory
    self.targetName = targetName
  }

  var number: LogicalUnitNumber { common.number }
  var store: BlockStore { unit.store }

  /// What a session of the initiator uses, until `release`. Sessions of one initiator share an overlay and with it
  /// reservations and mode parameters, of which others see nothing.
  func acquire(_ initiator: String) throws(UnitFailure) -> UnitBackend {
    guard let overlays else { return common }
    let overlay: Overlay
    do throws(BlockStoreError) { overlay = try overlays.acquire(initiator) } catch {
      throw UnitFailure(lun: unit.lun, reason: error.description)
    }
    return try own.withLock { (own) throws(UnitFailure) in
      if let backend = own[initiator], backend.overlay === overlay { return backend }
      do throws(TargetError) {
        let backend = try UnitBackend(
          unit, overlay: overlay, latencies: common.latencies, inventory: inventory,
          targetName: targetName, threads: threads)
        own[initiator] = backend
        return backend
      } catch {
        _ = overlays.release(initiator, isLoggedOut: false)
        throw UnitFailure(lun: unit.lun, reason: error.description)
      }
    }
  }

  /// A session does not use the backend any more.
  ///
  /// - Returns: what is left to do where waiting is allowed.
  func release(_ backend: UnitBackend, isLoggedOut: Bool) -> OverlaySet.Remains {
    guard let overlays, let overlay = backend.overlay else { return .nothing }
    let remains = overlays.release(overlay.initiator, isLoggedOut: isLoggedOut)
    if case .discard = remains { forget(overlay.initiator, overlay) }
    return remains
  }

  /// Discards what an initiator wrote.
  func discard(_ initiator: String) throws(OverlayRefusal) {
    guard let overlays else { throw .unknown(initiator: initiator, lun: unit.lun) }
    try overlays.discard(initiator)
    forget(initiator, nil)
  }

  /// Writes what an initiator wrote to the store, for good.
  func commit(_ initiator: String) throws(OverlayRefusal) {
    guard let overlays else { throw .unknown(initiator: initiator, lun: unit.lun) }
    try overlays.commit(initiator)
    forget(initiator, nil)
  }

  /// Drops the backend of an overlay that is gone, unless the initiator has another one by now.
  private func forget(_ initiator: String, _ overlay: Overlay?) {
    own.withLock { own in
      guard let backend = own[initiator], overlay == nil || backend.overlay === overlay else { return }
      own[initiator] = nil
    }
  }

  /// Every backend with the initiators' own.
  var backends: [UnitBackend] { [common] + own.withLock { Array($0.values) } }

  /// Puts writes on stable storage.
  ///
  /// - Returns: the first failure.
  func synchronize() -> BlockStoreError? {
    if let overlays { return overlays.synchronize() }
    guard store.mode == .readWrite else { return nil }
    do throws(BlockStoreError) { try store.synchronize() } catch { return error }
    return nil
  }

  var status: TargetStatus.Unit {
    var counters = TargetStatus.Counters()
    for backend in backends { counters += backend.counters }
    return TargetStatus.Unit(
      lun: Int(number.value), path: store.path, bytes: store.byteCount, isReadOnly: store.mode == .readOnly,
      counters: counters, latency: LatencyRecorder.summary(of: common.latencies), overlays: overlays?.loaded)
  }
}

/// A unit that an initiator cannot have.
struct UnitFailure: Error, CustomStringConvertible {
  var lun: Int
  var reason: String

  var description: String { "LUN \(lun): \(reason)" }
}
