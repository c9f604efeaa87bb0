/// The vital product data pages of a unit (SPC-4 7.8, SBC-3 6.6).
enum VitalProductDataPage: UInt8, CaseIterable {
  case supportedPages = 0x00
  case unitSerialNumber = 0x80
  case deviceIdentification = 0x83
  case extendedInquiry = 0x86
  case blockLimits = 0xB0
  case blockDeviceCharacteristics = 0xB1
  case logicalBlockProvisioning = 0xB2
  case blockLimitsExtension = 0xB7

  /// Whether units of that type have the page: those from B0h on belong to the type.
  func exists(on unit: LogicalUnit) -> Bool { !unit.isMultimedia || rawValue < Self.blockLimits.rawValue }

  /// - Parameter targetPort: the one that the initiator has come through.
  func append(_ unit: LogicalUnit, targetPort: UInt16, to data: inout ParameterData) {
    data.append(unit.configuration.type.rawValue)
    data.append(rawValue)
    data.append(UInt16(0))  // PAGE LENGTH, below
    switch self {
    case .supportedPages:
      // Ascending: initiators stop at the first code that does not ascend.
      data.append(contentsOf: Self.allCases.filter { $0.exists(on: unit) }.map(\.rawValue))
    case .unitSerialNumber:
      data.append(contentsOf: unit.configuration.identity.serialNumber.utf8.prefix(252))
    case .deviceIdentification: appendDesignators(unit.configuration.identity, targetPort, to: &data)
    case .extendedInquiry:
      data.append(0)
      data.append(0x07)  // HEADSUP, ORDSUP, SIMPSUP
      data.append(unit.configuration.hasVolatileWriteCache ? 0x01 : 0)  // V_SUP
      data.append(0x01)  // LUICLR: a reset tells every nexus
      data.append(zeros: 56)
    case .blockLimits: appendBlockLimits(unit, to: &data)
    case .blockDeviceCharacteristics:
      // MEDIUM ROTATION RATE: 1 is none; the rate of a rotating one is not known here.
      data.append(UInt16(unit.configuration.isRotational ? 0 : 1))
      data.append(0)
      data.append(unit.offersBlockErase ? 0x40 : 0)  // WABEREQ 01b: what was erased reads without error
      data.append(zeros: 56)
    case .logicalBlockProvisioning: appendProvisioning(unit.configuration.deallocation, to: &data)
    case .blockLimitsExtension: data.append(zeros: 60)  // no limits but those of B0h, no streams
    }
    data.patch(UInt16(clamping: data.length - 4), at: 2)
  }

  private func appendDesignators(
    _ identity: LogicalUnitIdentity, _ targetPort: UInt16, to data: inout ParameterData
  ) {
    // Of the logical unit: NAA, then T10 vendor identification with the serial number.
    data.append(contentsOf: [0x01, 0x03, 0, 8])
    data.append(identity.naa)
    let designator = identity.vendorDesignator
    data.append(contentsOf: [0x02, 0x01, 0, UInt8(truncatingIfNeeded: designator.count)])
    data.append(contentsOf: designator)
    // Of the target port, iSCSI (5h): relative target port, target port group, and its SCSI name.
    data.append(contentsOf: [0x51, 0x94, 0, 4, 0, 0])
    data.append(targetPort)
    data.append(contentsOf: [0x51, 0x95, 0, 4, 0, 0])
    data.append(targetPort)
    guard !identity.targetName.isEmpty else { return }
    let name = Array(identity.targetPortName(targetPort).utf8.prefix(251))
    let padded = (name.count + 4) / 4 * 4  // null-terminated, a multiple of four (SPC-4 7.8.6.11)
    data.append(contentsOf: [0x53, 0x98, 0, UInt8(truncatingIfNeeded: padded)])
    data.append(contentsOf: name)
    data.append(zeros: padded - name.count)
  }

  private func appendBlockLimits(_ unit: LogicalUnit, to data: inout ParameterData) {
    let deallocates = unit.configuration.deallocation != .unsupported
    data.append(0x01)  // WSNZ: WRITE SAME of 0 blocks is refused
    data.append(UInt8(clamping: BlockLimits.compareAndWriteBlocks(unit)))
    data.append(UInt16(1) << UInt16(unit.configuration.geometry.granularityExponent))
    data.append(UInt32(clamping: BlockLimits.transferBlocks))
    data.append(UInt32(0))  // OPTIMAL TRANSFER LENGTH: no preference
    data.append(UInt32(clamping: BlockLimits.transferBlocks))  // MAXIMUM PREFETCH LENGTH
    data.append(UInt32(clamping: deallocates ? BlockLimits.unmapBlocks : 0))
    data.append(UInt32(clamping: deallocates ? BlockLimits.unmapDescriptors : 0))
    data.append(
      deallocates ? UInt32(1) << UInt32(unit.configuration.geometry.granularityExponent) : UInt32(0))
    data.append(UInt32(0))  // no UNMAP GRANULARITY ALIGNMENT
    data.append(BlockLimits.writeSameBlocks)
    // MAXIMUM ATOMIC TRANSFER LENGTH, ATOMIC ALIGNMENT, ATOMIC TRANSFER LENGTH GRANULARITY; no atomic boundaries.
    for _ in 0..<3 { data.append(unit.configuration.atomicWriteBlocks) }
    data.append(zeros: 8)
  }

  private func appendProvisioning(_ deallocation: LogicalUnit.Deallocation, to data: inout ParameterData) {
    data.append(0)  // no thresholds
    switch deallocation {
    case .unsupported: data.append(contentsOf: [0x00, 0x00, 0])
    case .readsAnything: data.append(contentsOf: [0x80, 0x02, 0])  // LBPU; thin
    case .readsZeros: data.append(contentsOf: [0xE4, 0x02, 0])  // and LBPWS, LBPWS10, LBPRZ
    }
  }
}

/// What one command may ask for at most (VPD page B0h).
enum BlockLimits {
  /// The longest transfer: 32 MiB of 512-byte blocks.
  static let transferBlocks: UInt64 = 65_536
  /// Blocks deallocated by one UNMAP: 512 MiB of 512-byte blocks.
  static let unmapBlocks: UInt64 = 1 << 20
  static let unmapDescriptors: UInt64 = 256
  static let writeSameBlocks: UInt64 = 0xFFFF

  /// Blocks of one COMPARE AND WRITE: its Data-Out, twice as long, must fit the Data-Out buffer.
  static func compareAndWriteBlocks(_ unit: LogicalUnit) -> UInt64 {
    UInt64(CommandExecution.workspaceLength / 2 / unit.blockLength)
  }
}
