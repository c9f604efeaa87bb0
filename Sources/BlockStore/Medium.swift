import CLinux
import Glibc
import Linux

/// What the kernel tells of a block device or a file: found once, when a store is opened.
struct Medium: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case blockDevice
    case regularFile
  }

  var kind: Kind
  /// Device number of a block device, of the file system for a file.
  var device: dev_t
  var byteCount: UInt64
  var blockLength: Int
  var physicalBlockLength: Int
  var isRotational: Bool
  var discards: Bool

  /// Bytes of a block of a CD or DVD.
  static let discBlockLength = 2048

  /// Looks at an open descriptor.
  init(_ descriptor: borrowing OwnedDescriptor, path: String, options: BlockStoreOptions)
    throws(BlockStoreError)
  {
    let number = descriptor.number
    var status = stat()
    do {
      try syscall("stat \(path)") { fstat(number, &status) }
    } catch { throw .cannotOpen(error) }
    switch status.st_mode & S_IFMT {
    case S_IFBLK:
      kind = .blockDevice
      device = status.st_rdev
      byteCount = try Self.size(of: number, kind: .blockDevice, path: path)
      (blockLength, physicalBlockLength) = try Self.blockLengths(of: number, path: path)
      isRotational = Self.queueAttribute("rotational", of: device) == "1"
      discards = (Self.queueAttribute("discard_max_bytes", of: device) ?? "0") != "0"
    case S_IFREG:
      kind = .regularFile
      device = status.st_dev
      byteCount = try Self.size(of: number, kind: .regularFile, path: path)
      blockLength = options.fileBlockLength
      physicalBlockLength = 4096
      isRotational = false
      // Beyond the end a hole changes nothing: the file system says whether it can.
      discards =
        options.mode == .readWrite
        && clinux_punch_hole(number, off_t(clamping: (byteCount + 4095) / 4096 * 4096), 4096) == 0
    default: throw .notStorage(path: path)
    }
    if options.type == .disc {
      blockLength = Self.discBlockLength
      physicalBlockLength = Self.discBlockLength
      isRotational = false
      discards = false
    }
    guard [512, 4096].contains(blockLength) || options.type == .disc else {
      throw .blockLength(path: path, blockLength)
    }
    guard byteCount >= UInt64(blockLength) else { throw .empty(path: path) }
  }

  /// The size now, in bytes.
  static func size(of descriptor: Int32, kind: Kind, path: String) throws(BlockStoreError) -> UInt64 {
    do {
      switch kind {
      case .blockDevice:
        var bytes: UInt64 = 0
        try syscall("ask for the size of \(path)") { clinux_block_device_size(descriptor, &bytes) }
        return bytes
      case .regularFile:
        var status = stat()
        try syscall("ask for the size of \(path)") { fstat(descriptor, &status) }
        return UInt64(max(0, status.st_size))
      }
    } catch { throw .cannotOpen(error) }
  }

  private static func blockLengths(of descriptor: Int32, path: String) throws(BlockStoreError) -> (Int, Int) {
    var logical: UInt32 = 0
    var physical: UInt32 = 0
    do {
      try syscall("ask for the block length of \(path)") {
        clinux_block_lengths(descriptor, &logical, &physical)
      }
    } catch { throw .cannotOpen(error) }
    return (Int(logical), Int(max(logical, physical)))
  }

  /// An attribute of the device's request queue; a partition's is its disk's.
  private static func queueAttribute(_ name: String, of device: dev_t) -> String? {
    let directory = "/sys/dev/block/\(deviceNumberText(device))"
    return readAttribute("\(directory)/queue/\(name)") ?? readAttribute("\(directory)/../queue/\(name)")
  }
}
