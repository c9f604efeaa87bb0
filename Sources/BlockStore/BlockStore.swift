import CLinux
import Glibc
import Linux
import Synchronization

/// A disk, partition or file whose blocks a target shares.
///
/// The page cache stands between it and the medium, with readahead switched off: initiators read ahead themselves, and
/// the large folios that readahead builds slow small writes down tenfold. What is written becomes stable with
/// `synchronize` or a durable write. Every operation may be called from any thread; none depends on the file position.
public final class BlockStore: Sendable {
  /// Path it was opened by.
  public let path: String
  public let mode: BlockStoreMode
  public let identity: BlockStoreIdentity
  /// What it is served as.
  public let type: BlockStoreType
  /// Bytes per logical block: 512 or 4096, of a disc 2048.
  public let blockLength: Int
  /// Bytes per physical block, at least `blockLength`.
  public let physicalBlockLength: Int
  public let isRotational: Bool
  /// What `deallocate` can do.
  public let deallocation: Deallocation

  /// Bytes, at a multiple of as many, that `writeAtomically` writes; 0: it cannot.
  public let atomicWriteLength: Int

  let kind: Medium.Kind
  let options: BlockStoreOptions
  let atomicWriter: AtomicWriter?
  private let owned: OwnedDescriptor
  private let bytes: Atomic<UInt64>
  private let lostErrno = Atomic<Int32>(0)

  /// What becomes of deallocated blocks.
  public enum Deallocation: Hashable, Sendable {
    case unsupported
    case readsZeros
    /// They read as anything until written again.
    case readsAnything
  }

  /// Opens a block device or a regular file.
  ///
  /// - Throws: `inUse` where it is mounted, stacked upon, or locked by another; `readOnly`, `notStorage`, `empty`,
  ///   `blockLength`, `cannotOpen`.
  public static func open(path: String, options: BlockStoreOptions = BlockStoreOptions())
    throws(BlockStoreError)
    -> BlockStore
  {
    let descriptor = try openDescriptor(path, options)
    let medium = try Medium(descriptor, path: path, options: options)
    if medium.kind == .blockDevice, options.mode == .readWrite {
      var readOnly: Int32 = 0
      if clinux_block_device_is_read_only(descriptor.number, &readOnly) == 0, readOnly != 0 {
        throw .readOnly(path: path)
      }
    }
    try lock(descriptor, isBlockDevice: medium.kind == .blockDevice, path, options)
    // Advice: where the file system knows none, nothing is lost.
    _ = posix_fadvise(descriptor.number, 0, 0, POSIX_FADV_RANDOM)
    return BlockStore(path: path, descriptor: descriptor, medium: medium, options: options)
  }

  private init(
    path: String, descriptor: consuming OwnedDescriptor, medium: Medium, options: BlockStoreOptions
  ) {
    self.path = path
    self.options = options
    mode = options.mode
    type = options.type
    kind = medium.kind
    blockLength = medium.blockLength
    physicalBlockLength = max(medium.physicalBlockLength, medium.blockLength)
    isRotational = medium.isRotational
    if !medium.discards || options.mode != .readWrite {
      deallocation = .unsupported
    } else {
      deallocation = medium.kind == .regularFile ? .readsZeros : .readsAnything
    }
    identity = BlockStoreIdentity(
      seed: options.identitySeed.isEmpty ? IdentitySeed.of(medium, path: path) : options.identitySeed)
    bytes = Atomic(medium.byteCount)
    atomicWriter =
      options.mode == .readWrite ? AtomicWriter(descriptor.number, blockLength: medium.blockLength) : nil
    atomicWriteLength = atomicWriter?.length ?? 0
    owned = descriptor
  }

  /// Whether it is a regular file: what it calls physical blocks are those of its file system.
  public var isFile: Bool { kind == .regularFile }

  /// The file descriptor, for a ring; open as long as the store lives.
  public var descriptor: Int32 { owned.number }

  /// Size in bytes that whole blocks fill.
  public var byteCount: UInt64 {
    bytes.load(ordering: .relaxed) / UInt64(blockLength) * UInt64(blockLength)
  }

  /// Number of logical blocks.
  public var blockCount: UInt64 { bytes.load(ordering: .relaxed) / UInt64(blockLength) }

  /// Asks the kernel for the size again, as after a hot-plug event or a resize.
  ///
  /// - Returns: whether the number of blocks has changed.
  @discardableResult
  public func revalidate() throws(BlockStoreError) -> Bool {
    let before = blockCount
    setSize(try Medium.size(of: descriptor, kind: kind, path: path))
    return blockCount != before
  }

  func setSize(_ count: UInt64) { bytes.store(count, ordering: .relaxed) }

  /// The errno of the write-back that lost acknowledged writes; nil while none was lost.
  public var lostWritesErrno: Int32? {
    let errno = lostErrno.load(ordering: .acquiring)
    return errno == 0 ? nil : errno
  }

  /// Notes that a flush or a durable write failed, by this store or by a ring that uses its descriptor.
  ///
  /// The kernel reports lost pages once and calls them clean afterwards, so the next flush would claim success:
  /// from now on every flush and durable write fails.
  public func noteFailedFlush(errno: Int32) {
    guard errno != EINTR, errno != EAGAIN, errno != 0 else { return }
    _ = lostErrno.compareExchange(expected: 0, desired: errno, ordering: .acquiringAndReleasing)
  }
}
