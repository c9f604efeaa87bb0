/// What was found out about systemd-boot.
public struct SystemdBootFacts: Codable, Hashable, Sendable {
  /// The EFI system partition that it is installed on.
  public var systemPartition: BootPartitionFacts
  /// Where entries and payload go: an extended boot loader partition where there is one, else the same.
  public var entryPartition: BootPartitionFacts
  /// Whether this machine starts by it; nil where that cannot be known.
  public var isActive: Bool?
  /// The entry for the next boot only: variable LoaderEntryOneShot.
  public var nextEntry: String?

  /// Directory of the entries.
  public var entries: String { entryPartition.mountPoint + "/loader/entries" }
}

/// Finds systemd-boot by its program on the EFI system partition.
struct SystemdBootProbe {
  let root: HostRoot
  let firmware: any FirmwareVariables

  /// - Parameters:
  ///   - system: partitions that may be the EFI system partition.
  ///   - entries: partitions with a directory for entries.
  func facts(system: [BootPartitionFacts], entries: [BootPartitionFacts]) -> SystemdBootFacts? {
    guard let partition = system.first(where: { program(on: $0, "/EFI/systemd", "systemd-boot") != nil })
    else { return nil }
    let other = entries.first { $0.mountPoint != partition.mountPoint }
    return SystemdBootFacts(
      systemPartition: partition, entryPartition: other ?? partition, isActive: isActive(partition),
      nextEntry: firmware.text(.loader("LoaderEntryOneShot")))
  }

  /// By what the loader left in memory; of another machine's system, by the program that firmware starts by default.
  private func isActive(_ partition: BootPartitionFacts) -> Bool? {
    if firmware.isPresent {
      return firmware.text(.loader("LoaderInfo"))?.hasPrefix("systemd-boot") ?? false
    }
    guard let path = program(on: partition, "/EFI/BOOT", "BOOT"), let bytes = try? Files.read(path) else {
      return nil
    }
    // Whatever else is there may be a loader that starts another one.
    return String(decoding: bytes, as: UTF8.self).contains("#### LoaderInfo: systemd-boot") ? true : nil
  }

  private func program(on partition: BootPartitionFacts, _ directory: String, _ prefix: String) -> String? {
    let real = root.resolve(partition.mountPoint + directory)
    let name = (try? Files.list(real))?.first {
      $0.lowercased().hasPrefix(prefix.lowercased()) && $0.lowercased().hasSuffix(".efi")
    }
    return name.map { "\(real)/\($0)" }
  }
}
