/// What was found out about the boot options of the firmware (UEFI 2.10, 3.1).
public struct EFIFacts: Codable, Hashable, Sendable {
  /// nil when none is mounted.
  public var systemPartition: BootPartitionFacts?
  /// Whether boot options can be read and written.
  public var isPresent: Bool
  public var isWritable: Bool
  /// Numbers of the boot options in the order in which they are tried.
  public var order: [UInt16]
  /// Number of the option for the next boot only.
  public var next: UInt16?
  /// Number of our own option.
  public var ours: UInt16?
}

/// Reads the boot options.
struct EFIProbe {
  let firmware: any FirmwareVariables

  func facts(system: [BootPartitionFacts]) -> EFIFacts {
    // Options that cannot be read are better not written either.
    let table = try? BootOptions(firmware)
    return EFIFacts(
      systemPartition: system.first, isPresent: firmware.isPresent,
      isWritable: firmware.isWritable && table != nil,
      order: table?.order ?? [], next: table?.next, ours: table?.ours)
  }
}
