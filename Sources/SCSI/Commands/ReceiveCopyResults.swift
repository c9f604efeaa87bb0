extension CommandExecution {
  /// RECEIVE COPY RESULTS: COPY STATUS (SPC-4 6.24.2).
  mutating func startCopyStatus(_ environment: Environment) -> CommandStep {
    let key = CopyRecord.Key(nexus: environment.nexus.identifier, list: cdb[2])
    guard let record = environment.unit.takeCopy(key) else { return reject(byte: 2) }
    var data = ParameterData(environment.workspace)
    data.append(UInt32(8))  // AVAILABLE DATA
    data.append(record.status.rawValue)  // no held data
    data.append(record.segments)
    data.append(0x01)  // TRANSFER COUNT UNITS: KiB
    data.append(UInt32(clamping: record.bytes / 1024))
    return send(data, allocationLength: Int(clamping: cdb.uint32(at: 10)), workspace: environment.workspace)
  }

  /// RECEIVE COPY RESULTS: OPERATING PARAMETERS (SPC-4 6.24.4).
  mutating func startCopyOperatingParameters(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let codes = [CopySegment.code, CopyTarget.code]
    var data = ParameterData(environment.workspace)
    data.append(UInt32(truncatingIfNeeded: 40 + codes.count))  // AVAILABLE DATA
    data.append(UInt32(0))  // no SNLID: every copy has a list identifier
    data.append(UInt16(CopyLimits.targets))
    data.append(UInt16(CopyLimits.segments))
    data.append(UInt32(CopyLimits.descriptorBytes))
    data.append(UInt32(clamping: 0xFFFF * unit.blockLength))  // MAXIMUM SEGMENT LENGTH
    data.append(UInt32(0))  // no inline data
    data.append(UInt32(0))  // no held data
    data.append(UInt32(0))  // no streams
    data.append(UInt16(0))
    data.append(UInt16(CopyRecord.limit))  // TOTAL CONCURRENT COPIES
    data.append(UInt8(CopyRecord.limit))
    data.append(UInt8(truncatingIfNeeded: unit.blockLength.trailingZeroBitCount))  // DATA SEGMENT GRANULARITY
    data.append(zeros: 5)
    data.append(UInt8(truncatingIfNeeded: codes.count))
    data.append(contentsOf: codes)
    return send(data, allocationLength: Int(clamping: cdb.uint32(at: 10)), workspace: environment.workspace)
  }

  /// RECEIVE COPY RESULTS: FAILED SEGMENT DETAILS (SPC-4 6.24.5): the sense data of the copy has told them all.
  func startFailedSegmentDetails() -> CommandStep { reject(byte: 2) }
}
