import BlockStore
import ISCSI
import SCSI
import Synchronization

/// A logical unit with what is behind it, shared by all threads.
final class UnitBackend: Sendable {
  let number: LogicalUnitNumber
  let store: BlockStore
  /// What its initiator writes to instead of the store; nil where all initiators share the store.
  let overlay: Overlay?
  let unit: LogicalUnit
  /// Where its persistent reservations are kept; nil: they end with this process.
  let reservations: ReservationFile?

  let gate: WriteGate
  let flushing = FlushGathering()
  let sanitizeWaiters = SanitizeWaiters()

  let commands = Atomic<UInt64>(0)
  let ended = Atomic<UInt64>(0)
  let bytesRead = Atomic<UInt64>(0)
  let bytesWritten = Atomic<UInt64>(0)
  let flushes = Atomic<UInt64>(0)
  let errors = Atomic<UInt64>(0)

  /// Writes before this time, in nanoseconds, go through the ring: the page cache has made a thread wait.
  private let slowUntil = Atomic<UInt64>(0)

  /// One for each ring thread.
  let latencies: [LatencyRecorder]

  /// Whether it has been told that the overlay is full.
  let hasReportedFull = Atomic<Bool>(false)

  init(
    _ unit: TargetConfiguration.Unit, overlay: Overlay? = nil, latencies: [LatencyRecorder],
    inventory: LogicalUnitInventory, targetName: String, threads: Int,
    reservations directory: ReservationDirectory? = nil
  ) throws(TargetError) {
    self.latencies = latencies
    gate = WriteGate(threads: threads)
    guard let number = LogicalUnitNumber(unit.lun), unit.lun < 256 else { throw .lunOutOfRange(unit.lun) }
    self.number = number
    store = unit.store
    self.overlay = overlay
    var exponent: UInt8 = 0
    while store.blockLength << Int(exponent) < store.physicalBlockLength, exponent < 15 { exponent += 1 }
    guard
      let geometry = MediumGeometry(
        blockLength: store.blockLength, physicalBlockExponent: store.isFile ? 0 : exponent,
        granularityExponent: exponent,
        blockCount: (overlay?.byteCount ?? store.byteCount) / UInt64(store.blockLength))
    else { throw .geometry(path: store.path) }
    let identity = LogicalUnitIdentity(
      vendor: unit.vendor, product: unit.product, revision: unit.revision,
      serialNumber: unit.serialNumber ?? store.identity.serialNumber, naa: store.identity.naa,
      targetName: targetName)
    let deallocation: LogicalUnit.Deallocation =
      switch store.mode == .overlay ? .readsZeros : store.deallocation {
      case .unsupported: .unsupported
      case .readsZeros: .readsZeros
      case .readsAnything: .readsAnything
      }
    reservations = directory?.file(of: identity)
    var configuration = LogicalUnit.Configuration(
      identity: identity, geometry: geometry, isWriteProtected: store.mode == .readOnly,
      deallocation: deallocation, isRotational: store.isRotational)
    switch store.type {
    case .disk: break
    case .removableDisk: configuration.isRemovable = true
    case .disc: configuration.type = .multimedia
    }
    configuration.keepsReservations = reservations != nil
    configuration.allowsSanitize = unit.allowsSanitize && store.mode == .readWrite
    if overlay == nil {
      configuration.atomicWriteBlocks = UInt32(clamping: store.atomicWriteLength / store.blockLength)
    }
    self.unit = LogicalUnit(configuration: configuration, inventory: inventory)
  }

  /// A write that takes longer than this has waited for the medium: 4 ms.
  private static let patience: UInt64 = 4_000_000

  @inline(__always) func isSlow(at now: UInt64) -> Bool { now < slowUntil.load(ordering: .relaxed) }

  /// Learns how long a write from the ring thread took.
  @inline(__always) func wrote(from start: UInt64, to end: UInt64) {
    if end &- start > Self.patience { slowUntil.store(end &+ 1_000_000_000, ordering: .relaxed) }
  }

  var counters: TargetStatus.Counters {
    // In this order: a command that ends in between is not counted as ended before it was counted.
    let ended = ended.load(ordering: .acquiring)
    let commands = commands.load(ordering: .acquiring)
    return TargetStatus.Counters(
      commands: commands, outstanding: commands &- ended, bytesRead: bytesRead.load(ordering: .relaxed),
      bytesWritten: bytesWritten.load(ordering: .relaxed), flushes: flushes.load(ordering: .relaxed),
      errors: errors.load(ordering: .relaxed))
  }
}

/// A unit as one session sees it.
final class UnitBinding {
  let backend: UnitBackend
  let nexus: Nexus
  /// The LUN field that addresses it in the usual format.
  let wire: UInt64

  init(_ backend: UnitBackend, _ identity: LoginIdentity) {
    self.backend = backend
    nexus = backend.unit.attach(InitiatorPort(identity), through: identity.portalGroupTag)
    wire = backend.number.wire
  }

  func detach() { backend.unit.detach(nexus) }
}
