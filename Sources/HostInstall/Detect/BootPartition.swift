import BlockProbe
import Linux

/// A FAT partition that firmware and systemd-boot read.
public struct BootPartitionFacts: Codable, Hashable, Sendable {
  /// Within the system.
  public var mountPoint: String
  /// GUID of its entry in the partition table; nil where it is not known.
  public var partitionUUID: String?
  /// Number, start and length in the partition table, in logical blocks; nil where the device is not known.
  public var number: Int?
  public var start: UInt64?
  public var length: UInt64?
  /// Whether only root can read it: FAT knows no modes for single files.
  public var isPrivate: Bool

  /// `path` of the system as seen from the top of the partition; nil for what is not in it.
  func inside(_ path: String) -> String? {
    path.hasPrefix(mountPoint + "/") ? String(path.dropFirst(mountPoint.count)) : nil
  }
}

extension BootLoaderContext {
  /// Whether a partition has room for a first payload; an installed one is replaced file by file.
  func spaceObstacle(_ partition: BootPartitionFacts, _ directory: String) -> Obstacle? {
    let isThere = Files.exists(root.resolve("\(directory)/\(InstalledPaths.kernel)"))
    guard !isThere, let free = try? FreeSpace.available(at: root.resolve(partition.mountPoint)),
      free < payloadSize
    else { return nil }
    return Obstacle(
      "only \(free >> 20) MiB are free in \(partition.mountPoint), the ramdisk needs \(payloadSize >> 20)",
      remedy: "remove old kernels from \(partition.mountPoint), or make it larger")
  }

  /// Secrets are in the payload's directory, and FAT knows no modes for single files.
  func privacyRemarks(_ partition: BootPartitionFacts?) -> [Finding] {
    guard let partition, !partition.isPrivate else { return [] }
    let point = partition.mountPoint
    return [
      Finding(
        .warning, "everyone on this system can read \(point), and so the secrets in site.img there",
        remedy: "mount \(point) with the option umask=0077")
    ]
  }
}

extension Detector {
  /// The FAT file systems mounted at `mountPoints` in which `marker` exists, in this order.
  func bootPartitions(_ mountPoints: [String], with marker: String) -> [BootPartitionFacts] {
    mountPoints.compactMap { point in
      // Asked too often, systemd takes an automount that fails away, and what it hides with it.
      guard !isPromised(point), Files.isDirectory(root.resolve(point + marker)),
        let location = fileSystem(of: point),
        location.facts.mountPoint == point, location.facts.type == "vfat"
      else { return nil }
      let device = location.device
      let mode = (try? Files.status(root.resolve(point)))?.map { $0.st_mode } ?? 0
      return BootPartitionFacts(
        mountPoint: point, partitionUUID: device?.partitionUUID ?? location.facts.partitionUUID,
        number: device?.partitionNumber, start: device.flatMap(start),
        length: device.map { $0.size / UInt64(max($0.logicalBlockSize, 1)) }, isPrivate: mode & 0o077 == 0)
    }
  }

  /// The kernel counts in units of 512 bytes, the partition table in logical blocks.
  private func start(_ device: BlockDeviceInfo) -> UInt64? {
    machine.partitionStart(device.name).map { ($0 << 9) / UInt64(max(device.logicalBlockSize, 512)) }
  }
}
