import BlockStore
import ISCSI
import SCSI
import Synchronization

/// The units of a target: which there are, and which backend of them a session gets.
extension TargetContext {
  /// The units, by number.
  var units: [SharedUnit] { unitList.withLock { $0 } }

  func unit(_ number: LogicalUnitNumber) -> SharedUnit? { units.first { $0.number == number } }

  /// Adds a unit. Sessions that there are find it by its number, and are told that the list has changed.
  func add(_ configuration: TargetConfiguration.Unit) throws(TargetError) {
    // Two units of one disk would share one file of reservations.
    let isOther = !units.contains { $0.store.identity.naa == configuration.store.identity.naa }
    let unit = try SharedUnit(
      configuration, inventory: inventory, targetName: self.configuration.iqn,
      threads: threadCount, reservations: isOther ? reservations : nil)
    recallReservations(of: unit.common)
    let isForOneWriter = unit.store.mode == .readWrite && !self.configuration.allowsSeveralWriters
    try unitList.withLock { (units) throws(TargetError) in
      guard !units.contains(where: { $0.number == unit.number }) else {
        throw .lunUsedTwice(configuration.lun)
      }
      try state.withLock { (state) throws(TargetError) in
        guard isForOneWriter else { return }
        let names = Set(state.details.values.filter { !$0.isDiscovery }.map(\.initiator))
        guard names.count < 2 else { throw .severalInitiators(lun: configuration.lun) }
        state.registry.isExclusive = true
      }
      units.append(unit)
      units.sort { $0.number < $1.number }
    }
    inventory.add(unit.common.unit, at: unit.number)
    // Units with a backend for each initiator are not in the inventory.
    for other in units where other !== unit && other.overlays != nil {
      for backend in other.backends { backend.unit.raise(.reportedLUNsDataHasChanged) }
    }
  }

  /// Takes what a session of the initiator will use of each unit; all or nothing.
  func grant(_ tsih: UInt16, to initiator: String) throws(UnitFailure) {
    var granted: [UnitBackend] = []
    do throws(UnitFailure) {
      for unit in units { granted.append(try unit.acquire(initiator)) }
    } catch {
      for backend in granted { release(backend, isLoggedOut: false) }
      throw error
    }
    state.withLock { $0.granted[tsih] = granted }
  }

  /// Hands out what `grant` took for the session, once.
  func takeGranted(_ tsih: UInt16) -> [UnitBackend] {
    state.withLock { $0.granted.removeValue(forKey: tsih) ?? [] }
  }

  /// What a session that began earlier uses of a unit that came later; nil where there is none, or not for it.
  func lateUnit(_ number: LogicalUnitNumber, for initiator: String) -> UnitBackend? {
    guard let unit = unit(number) else { return nil }
    do throws(UnitFailure) { return try unit.acquire(initiator) } catch {
      logger.error("\(initiator) cannot use \(error)")
      return nil
    }
  }

  /// A session does not use the backend any more.
  func release(_ backend: UnitBackend, isLoggedOut: Bool) {
    guard let unit = unit(backend.number) else { return }
    switch unit.release(backend, isLoggedOut: isLoggedOut) {
    case .nothing: break
    case .discard(let overlay): executor.run { withExtendedLifetime(overlay) {} }
    case .flush(let overlay):
      executor.run { [logger] in
        do throws(BlockStoreError) { try overlay.synchronize() } catch { logger.error("\(error)") }
      }
    }
  }

  /// Asks every medium for its size, and drives for other discs; who uses one that has changed is told.
  func revalidate() {
    // A path that hangs keeps one helper busy, not all of them.
    guard !isRevalidating.exchange(true, ordering: .acquiringAndReleasing) else { return }
    defer { isRevalidating.store(false, ordering: .releasing) }
    for unit in units where unit.overlays == nil {
      if unit.store.type == .disc {
        // Whoever began the exchange of its disc ends it.
        if unit.common.unit.isExchanging { continue }
        // Whoever has locked the drive reads this disc.
        if unit.common.unit.isRemovalPrevented || exchangeDisc(of: unit) { continue }
      }
      // What cannot be asked any more says so when it is read.
      guard (try? unit.store.revalidate()) == true else { continue }
      let (lun, bytes) = (Int(unit.number.value), unit.store.byteCount)
      if unit.store.type == .disc {
        discExchanged(unit)
      } else {
        unit.common.unit.resize(toBlocks: unit.store.blockCount)
        logger.notice("LUN \(lun) has \(bytes) bytes now")
        report(.unitResized(lun: lun, bytes: bytes))
      }
    }
  }

  /// Begins to exchange a disc whose image's path names another file than was opened: first nobody gets at it any more, then
  /// what is being read ends, and who comes then is told before anything of the new one can be read.
  ///
  /// - Returns: whether there is another.
  private func exchangeDisc(of unit: SharedUnit) -> Bool {
    let other: BlockStore.DiscImage?
    do throws(BlockStoreError) { other = try unit.store.otherImage() } catch {
      keepsDisc(unit, "\(error)")
      return false
    }
    unit.discProblem.withLock { $0 = nil }
    guard let image = other else { return false }
    guard unit.common.unit.beginExchange() else { return true }
    quiesce(unit.common, .becomingReady) { [self] in
      // The drive may have been locked until a moment ago.
      guard !unit.common.unit.isRemovalPrevented else { return unit.common.unit.keepMedium() }
      do throws(BlockStoreError) { try unit.store.exchange(for: image) } catch {
        keepsDisc(unit, "\(error)")
        return unit.common.unit.keepMedium()
      }
      discExchanged(unit)
    }
    return true
  }

  /// Tells once why the image that a drive's path names now does not come into it: it is looked at every second.
  private func keepsDisc(_ unit: SharedUnit, _ problem: String) {
    let isNew = unit.discProblem.withLock { last in
      defer { last = problem }
      return last != problem
    }
    if isNew { logger.error("LUN \(unit.number.value) keeps the disc that it has: \(problem)") }
  }

  private func discExchanged(_ unit: SharedUnit) {
    let (lun, bytes) = (Int(unit.number.value), unit.store.byteCount)
    unit.common.unit.exchangeMedium(blocks: unit.store.blockCount)
    logger.notice("LUN \(lun) has another disc: \(unit.store.path), \(bytes) bytes")
    report(.discExchanged(lun: lun, bytes: bytes))
  }
}
