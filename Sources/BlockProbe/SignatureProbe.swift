import CBlkid
import Glibc
import Linux

extension Signatures {
  /// Reads the signatures of an open device or file by libblkid's low-level probing: no cache, no udev.
  ///
  /// The partition table and the superblock are looked for independently: a disk may carry both (hybrid ISO images).
  ///
  /// - Parameters:
  ///   - offset: where to look, for a partition within an image.
  ///   - size: number of bytes from there; 0 is all of them.
  ///   - name: what errors call it.
  /// - Throws: `SystemError` when it cannot be read. Several superblocks that contradict each other count as none.
  public init(
    descriptor: Int32, offset: UInt64 = 0, size: UInt64 = 0, name: String
  ) throws(SystemError) {
    guard let probe = blkid_new_probe() else { throw SystemError(errno: ENOMEM, attempt: "probe \(name)") }
    defer { blkid_free_probe(probe) }
    guard let start = Int64(exactly: offset), let length = Int64(exactly: size) else {
      throw SystemError(errno: EINVAL, attempt: "probe \(name) at \(offset)")
    }
    errno = 0
    guard blkid_probe_set_device(probe, descriptor, start, length) == 0 else {
      throw SystemError(errno: errno == 0 ? EIO : errno, attempt: "probe \(name)")
    }
    blkid_probe_enable_partitions(probe, 1)
    blkid_probe_enable_superblocks(probe, 0)
    let table = PartitionTable(probe: probe)

    blkid_probe_enable_partitions(probe, 0)
    blkid_probe_enable_superblocks(probe, 1)
    blkid_probe_set_superblocks_flags(
      probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_USAGE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL)
    errno = 0
    let result = blkid_do_safeprobe(probe)
    if result == -1 { throw SystemError(errno: errno == 0 ? EIO : errno, attempt: "probe \(name)") }
    self.init(superblock: result == 0 ? Superblock(probe: probe) : nil, partitionTable: table)
  }

  /// Reads the signatures of a device or file by path.
  public init(path: String) throws(SystemError) {
    // O_NONBLOCK: an optical drive without a medium opens at once.
    let file = try OwnedDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
    try self.init(descriptor: file.number, name: path)
  }
}

extension PartitionTable {
  fileprivate init?(probe: blkid_probe) {
    guard let list = blkid_probe_get_partitions(probe), let table = blkid_partlist_get_table(list),
      let type = blkid_parttable_get_type(table)
    else { return nil }
    self.init(type: String(cString: type), uuid: text(blkid_parttable_get_id(table)))
    let count = blkid_partlist_numof_partitions(list)
    guard count > 0 else { return }
    for index in 0..<count {
      guard let entry = blkid_partlist_get_partition(list, index) else { continue }
      let typeNumber = blkid_partition_get_type(entry)
      partitions.append(
        Partition(
          number: Int(blkid_partition_get_partno(entry)),
          // libblkid counts 512-byte sectors whatever the disk's own block size.
          start: UInt64(clamping: blkid_partition_get_start(entry)).multipliedClamping(by: 512),
          size: UInt64(clamping: blkid_partition_get_size(entry)).multipliedClamping(by: 512),
          uuid: text(blkid_partition_get_uuid(entry)),
          type: text(blkid_partition_get_type_string(entry)) ?? "0x\(String(typeNumber, radix: 16))",
          name: text(blkid_partition_get_name(entry))))
    }
  }
}

extension Superblock {
  fileprivate init?(probe: blkid_probe) {
    func value(_ name: String) -> String? {
      var data: UnsafePointer<CChar>?
      guard blkid_probe_lookup_value(probe, name, &data, nil) == 0 else { return nil }
      return text(data)
    }
    guard let type = value("TYPE") else { return nil }
    self.init(type: type, usage: value("USAGE") ?? "other", uuid: value("UUID"), label: value("LABEL"))
  }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
  guard let pointer, pointer.pointee != 0 else { return nil }
  return String(cString: pointer)
}

extension UInt64 {
  func multipliedClamping(by factor: UInt64) -> UInt64 {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }
}
