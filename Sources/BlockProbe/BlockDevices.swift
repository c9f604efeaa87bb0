import Glibc
import Linux

/// The block devices of this machine, or of a tree that looks like one.
public struct BlockDevices: Sendable {
  /// Prefix of `/sys` and `/dev`; empty for this machine.
  public let root: String

  public init(root: String = "") { self.root = root }

  /// Every block device that has a medium, sorted by name, each probed.
  ///
  /// A device that cannot be read is listed with its `problem`; only an unreadable /sys is an error.
  public func list() throws(SystemError) -> [BlockDeviceInfo] {
    let names = try directoryEntries("\(root)/sys/class/block")
    var devices = names.compactMap { SysfsBlock(root: root, name: $0).info() }
    var partitions: [String: [Int: Partition]] = [:]
    for index in devices.indices {
      let device = devices[index]
      do throws(SystemError) {
        let found = try Signatures(path: device.path)
        devices[index].take(found.superblock)
        guard device.kind != .partition else { continue }
        devices[index].take(found.partitionTable)
        for partition in found.partitionTable?.partitions ?? [] {
          partitions[device.name, default: [:]][partition.number] = partition
        }
      } catch {
        devices[index].problem = error.description
      }
    }
    for index in devices.indices {
      guard let parent = devices[index].parent, let number = devices[index].partitionNumber,
        let entry = partitions[parent]?[number]
      else { continue }
      devices[index].take(entry)
    }
    return devices
  }

  /// One device node or file, probed; of a partition also what its disk's table says.
  ///
  /// - Throws: `SystemError` when there is no such thing or its bytes cannot be read.
  public func probe(path: String) throws(SystemError) -> BlockDeviceInfo {
    let file = try OwnedDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK)
    var status = stat()
    try syscall("examine \(path)") { fstat(file.number, &status) }
    let found = try Signatures(descriptor: file.number, name: path)
    var info: BlockDeviceInfo
    if status.st_mode & S_IFMT == S_IFBLK {
      guard let device = SysfsBlock(root: root, deviceNumber: status.st_rdev)?.info() else {
        throw SystemError(errno: ENODEV, attempt: "find \(path) in \(root)/sys/dev/block")
      }
      info = device
      info.path = path
      if let parent = device.parent, let number = device.partitionNumber,
        let disk = SysfsBlock(root: root, name: parent).info(),
        let table = try? Signatures(path: disk.path).partitionTable,
        let entry = table.partitions.first(where: { $0.number == number })
      {
        info.take(entry)
      }
    } else {
      info = BlockDeviceInfo(
        name: path, path: path, kind: .file, size: UInt64(clamping: status.st_size))
      info.isReadOnly = access(path, W_OK) != 0
    }
    info.take(found.superblock)
    if info.kind != .partition { info.take(found.partitionTable) }
    return info
  }

  /// The whole disks that a device lies on: a partition's disk, the disks below LVM, LUKS and RAID; itself if a disk.
  public static func disks(below name: String, in devices: [BlockDeviceInfo]) -> [BlockDeviceInfo] {
    var pending = [name]
    var seen: Set<String> = []
    var disks: [BlockDeviceInfo] = []
    while let next = pending.popLast() {
      guard seen.insert(next).inserted, let device = devices.first(where: { $0.name == next }) else {
        continue
      }
      let lower = device.lowerDevices + (device.parent.map { [$0] } ?? [])
      if lower.isEmpty { disks.append(device) } else { pending += lower }
    }
    return disks.sorted { $0.name < $1.name }
  }
}
