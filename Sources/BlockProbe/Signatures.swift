/// What the bytes of a block device or image say it is.
public struct Signatures: Codable, Hashable, Sendable {
  /// The file system, RAID member, encrypted volume, ... on it.
  public var superblock: Superblock?
  public var partitionTable: PartitionTable?

  public init(superblock: Superblock? = nil, partitionTable: PartitionTable? = nil) {
    self.superblock = superblock
    self.partitionTable = partitionTable
  }
}

/// A recognised superblock, in libblkid's words.
public struct Superblock: Codable, Hashable, Sendable {
  /// `ext4`, `xfs`, `vfat`, `crypto_LUKS`, `linux_raid_member`, `LVM2_member`, `swap`, ...
  public var type: String
  /// `filesystem`, `raid`, `crypto` or `other`.
  public var usage: String
  public var uuid: String?
  public var label: String?

  public init(type: String, usage: String, uuid: String? = nil, label: String? = nil) {
    self.type = type
    self.usage = usage
    self.uuid = uuid
    self.label = label
  }
}

/// A partition table.
public struct PartitionTable: Codable, Hashable, Sendable {
  /// `gpt`, `dos`, ...
  public var type: String
  /// Identifier of the table: the GPT disk GUID, or the 8 hex digits of an MBR.
  public var uuid: String?
  public var partitions: [Partition]

  public init(type: String, uuid: String? = nil, partitions: [Partition] = []) {
    self.type = type
    self.uuid = uuid
    self.partitions = partitions
  }
}

/// An entry of a partition table.
public struct Partition: Codable, Hashable, Sendable {
  /// 1-based, as the kernel numbers its device.
  public var number: Int
  /// First byte on the disk.
  public var start: UInt64
  /// Number of bytes.
  public var size: UInt64
  public var uuid: String?
  /// Type GUID of a GPT, or `0x83`-like of an MBR.
  public var type: String?
  /// Name in a GPT.
  public var name: String?

  public init(
    number: Int, start: UInt64, size: UInt64, uuid: String? = nil, type: String? = nil, name: String? = nil
  ) {
    self.number = number
    self.start = start
    self.size = size
    self.uuid = uuid
    self.type = type
    self.name = name
  }
}
