/// A block device, or a file used as one: what the kernel knows of it and what its bytes say.
public struct BlockDeviceInfo: Codable, Hashable, Sendable {
  public enum Kind: String, Codable, Hashable, Sendable {
    case disk, partition, optical, loop, deviceMapper, raid, ram, file
  }

  /// Kernel name: `sda`, `nvme0n1p2`; for a file its path.
  public var name: String
  /// Device node or file: `/dev/sda`.
  public var path: String
  public var kind: Kind
  /// Name of the disk that a partition is on.
  public var parent: String?
  /// Number of a partition, as in its disk's table.
  public var partitionNumber: Int?
  /// `MAJOR:MINOR`, as in /proc/self/mountinfo; empty for a file.
  public var deviceNumber = ""
  /// Number of bytes.
  public var size: UInt64
  /// Bytes per logical block, 512 or 4096.
  public var logicalBlockSize = 512
  public var isReadOnly = false
  public var isRemovable = false
  public var vendor: String?
  public var model: String?
  public var serial: String?
  /// World-wide name as the kernel writes it: `naa.5000c500a1b2c3d4`, `eui.0025385b71b00d21`.
  public var wwn: String?
  /// Names of the devices this one is made of (LVM, LUKS, RAID).
  public var lowerDevices: [String] = []
  /// Names of the devices that are made of this one.
  public var holders: [String] = []

  /// `gpt` or `dos`, on a disk.
  public var partitionTableType: String?
  /// Identifier of the partition table (PTUUID).
  public var partitionTableUUID: String?
  public var partitionUUID: String?
  /// Type GUID, or `0x83`-like for an MBR.
  public var partitionType: String?
  /// Name of a GPT partition.
  public var partitionLabel: String?

  public var filesystemType: String?
  /// `filesystem`, `raid`, `crypto` or `other`.
  public var filesystemUsage: String?
  public var filesystemUUID: String?
  public var filesystemLabel: String?

  /// Why its bytes could not be read; the identifiers from them are nil then.
  public var problem: String?

  public init(name: String, path: String, kind: Kind, size: UInt64) {
    self.name = name
    self.path = path
    self.kind = kind
    self.size = size
  }

  mutating func take(_ superblock: Superblock?) {
    filesystemType = superblock?.type
    filesystemUsage = superblock?.usage
    filesystemUUID = superblock?.uuid
    filesystemLabel = superblock?.label
  }

  mutating func take(_ table: PartitionTable?) {
    partitionTableType = table?.type
    partitionTableUUID = table?.uuid
  }

  mutating func take(_ partition: Partition) {
    partitionUUID = partition.uuid
    partitionType = partition.type
    partitionLabel = partition.name
  }
}
