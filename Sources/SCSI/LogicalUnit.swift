import Synchronization

/// A disk or a CD/DVD drive of the target (SPC-4, SBC-3, MMC-6): what it is, and the state that all its I_T nexuses share.
///
/// READ and WRITE look at atomics only; everything else is behind one lock.
public final class LogicalUnit: Sendable {
  public let configuration: Configuration
  /// The logical units of the same target, for REPORT LUNS.
  public let inventory: LogicalUnitInventory

  private let blockCountNow: Atomic<UInt64>
  private let writeCacheNow: Atomic<Bool>
  private let writeProtectNow: Atomic<Bool>
  private let descriptorSenseNow = Atomic<Bool>(false)
  /// Blocks that could not be read or written, for LOG SENSE.
  let readErrors = Atomic<UInt64>(0)
  let writeErrors = Atomic<UInt64>(0)
  let shared = Mutex(SharedState())
  /// Length of a logical block as a power of two.
  let blockShift: UInt64
  /// Whether it is a CD/DVD drive.
  let isMultimedia: Bool
  /// Whether START STOP UNIT ejects and loads its medium.
  var isRemovable: Bool { isMultimedia || configuration.isRemovable }

  /// A unit whose blocks are `configuration.geometry`; it joins the inventory with `LogicalUnitInventory.add`.
  public init(configuration: Configuration, inventory: LogicalUnitInventory) {
    self.configuration = configuration
    self.inventory = inventory
    blockShift = UInt64(configuration.geometry.blockLength.trailingZeroBitCount)
    isMultimedia = configuration.type == .multimedia
    blockCountNow = Atomic(configuration.geometry.blockCount)
    writeCacheNow = Atomic(configuration.hasVolatileWriteCache)
    writeProtectNow = Atomic(configuration.isWriteProtected)
  }

  /// Length of a logical block in bytes: 512, 2048 or 4096.
  @inline(__always) public var blockLength: Int { 1 << Int(blockShift) }

  /// Number of logical blocks now.
  @inline(__always) public var blockCount: UInt64 { blockCountNow.load(ordering: .relaxed) }

  /// Whether writes may stay in a volatile cache until SYNCHRONIZE CACHE: the WCE bit.
  ///
  /// Clear, every write is durable before its status.
  @inline(__always) public internal(set) var isWriteCacheEnabled: Bool {
    get { writeCacheNow.load(ordering: .relaxed) }
    set { writeCacheNow.store(newValue, ordering: .relaxed) }
  }

  /// Whether writes are refused, by the configuration or by the SWP bit of the Control mode page.
  @inline(__always) public internal(set) var isWriteProtected: Bool {
    get { writeProtectNow.load(ordering: .relaxed) }
    set { writeProtectNow.store(newValue || configuration.isWriteProtected, ordering: .relaxed) }
  }

  /// The format that the D_SENSE bit of the Control mode page asks sense data in.
  public internal(set) var senseFormat: SenseFormat {
    get { descriptorSenseNow.load(ordering: .relaxed) ? .descriptor : .fixed }
    set { descriptorSenseNow.store(newValue == .descriptor, ordering: .relaxed) }
  }

  /// Tells the unit that its backing has grown or shrunk; every nexus learns it by unit attention (SBC-3 4.10).
  ///
  /// A number that `MediumGeometry` would refuse is cut to the largest one.
  public func resize(toBlocks count: UInt64) {
    guard setBlockCount(count) else { return }
    raise(.capacityDataHasChanged)
  }

  /// - Returns: whether the number is another one than before.
  @discardableResult
  func setBlockCount(_ count: UInt64) -> Bool {
    let count = min(count, MediumGeometry.maximumBlockCount)
    return blockCountNow.exchange(count, ordering: .relaxed) != count
  }
}

extension LogicalUnit {
  /// What a logical unit is made of.
  public struct Configuration: Sendable {
    public var identity: LogicalUnitIdentity
    public var geometry: MediumGeometry
    public var type = PeripheralDeviceType.directAccessBlock
    /// Whether START STOP UNIT ejects and loads the medium of a disk; that of a CD/DVD drive it always does.
    public var isRemovable = false
    /// Refuse every write, for good.
    public var isWriteProtected: Bool
    /// Whether the backing may lose acknowledged writes on power loss unless told to flush. Say true if in doubt.
    public var hasVolatileWriteCache: Bool
    public var deallocation: Deallocation
    /// Whether there is a place where persistent reservations outlive the process (PTPL_C): the service carries out
    /// `CommandStep.keepReservations`, and calls `restoreReservations` first.
    public var keepsReservations = false
    /// Blocks, at a multiple of as many, that the backing can write all or none of whatever happens; 0: it cannot.
    public var atomicWriteBlocks: UInt32 = 0
    /// Whether SANITIZE is there, which destroys all of the medium: the service carries out `CommandStep.sanitize`.
    public var allowsSanitize = false
    /// Whether the medium rotates (VPD page B1h).
    public var isRotational: Bool
    /// What the transport's task management can do.
    public var taskManagement: TaskManagementFunctions = [
      .abortTask, .abortTaskSet, .clearTaskSet, .logicalUnitReset,
    ]

    public init(
      identity: LogicalUnitIdentity, geometry: MediumGeometry, isWriteProtected: Bool = false,
      hasVolatileWriteCache: Bool = true, deallocation: Deallocation = .unsupported,
      isRotational: Bool = false
    ) {
      self.identity = identity
      self.geometry = geometry
      self.isWriteProtected = isWriteProtected
      self.hasVolatileWriteCache = hasVolatileWriteCache
      self.deallocation = deallocation
      self.isRotational = isRotational
    }
  }

  /// What the backing does with UNMAP (SBC-3 4.7.3).
  public enum Deallocation: Hashable, Sendable {
    /// It cannot: the unit is fully provisioned and UNMAP is not supported.
    case unsupported
    /// It can, and deallocated blocks read as zeros.
    case readsZeros
    /// It can, and deallocated blocks read as anything.
    case readsAnything
  }
}

/// The size of the medium and of its blocks.
public struct MediumGeometry: Hashable, Sendable {
  /// Length of a logical block in bytes: 512, 2048 or 4096.
  public let blockLength: Int
  /// Logical blocks per physical block, as a power of two (READ CAPACITY (16)).
  public let physicalBlockExponent: UInt8
  /// Blocks that the backing likes to get together, as a power of two: OPTIMAL TRANSFER LENGTH GRANULARITY and OPTIMAL
  /// UNMAP GRANULARITY. A file has no physical blocks, but its file system has.
  public let granularityExponent: UInt8
  /// Number of logical blocks.
  public let blockCount: UInt64

  /// The most blocks, of any length: the medium ends below 2^63 bytes.
  static let maximumBlockCount = UInt64(Int64.max) / 4096

  /// - Returns: nil unless `blockLength` is 512, 2048 or 4096 and the medium ends below 2^63 bytes.
  public init?(
    blockLength: Int, physicalBlockExponent: UInt8, granularityExponent: UInt8? = nil, blockCount: UInt64
  ) {
    let granularityExponent = granularityExponent ?? physicalBlockExponent
    guard [512, 2048, 4096].contains(blockLength), physicalBlockExponent < 16,
      granularityExponent < 16,
      blockCount <= Self.maximumBlockCount
    else { return nil }
    self.blockLength = blockLength
    self.physicalBlockExponent = physicalBlockExponent
    self.granularityExponent = granularityExponent
    self.blockCount = blockCount
  }
}
