extension CommandExecution {
  /// GET LBA STATUS (SBC-3 5.4): which blocks are deallocated, as far as the backing tells.
  mutating func startGetLBAStatus(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let lba = cdb.uint64(at: 2)
    guard lba < unit.blockCount else { return .finish(.checkCondition(.outOfRange(lba))) }
    guard cdb.uint32(at: 10) >= 8 else { return reject(byte: 10) }
    // Without LBPRZ nobody could tell which blocks read as zeros; a fully provisioned unit has them all.
    guard unit.configuration.deallocation == .readsZeros else {
      _ = ProvisioningSurvey(in: environment.workspace)
      return resumeGetLBAStatus(environment)
    }
    phase = .surveyed
    return .survey(from: lba << unit.blockShift, runs: descriptorLimit)
  }

  /// Makes descriptors of the runs; a block that is deallocated in part counts as mapped.
  mutating func resumeGetLBAStatus(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let lba = cdb.uint64(at: 2)
    let blocks = max(unit.blockCount, lba)
    let partial = UInt64(unit.blockLength - 1)
    phase = .single
    var list = ProvisioningList(environment.workspace, from: lba, limit: descriptorLimit)
    var last = (isDeallocated: false, end: blocks << unit.blockShift)
    var start = lba << unit.blockShift
    var index = 0
    while let run = ProvisioningSurvey.run(index, in: environment.workspace) {
      let whole = (start + partial) >> unit.blockShift..<max(run.end, start + partial) >> unit.blockShift
      if run.isDeallocated, !whole.isEmpty {
        list.append(isDeallocated: false, upTo: min(whole.lowerBound, blocks))
        list.append(isDeallocated: true, upTo: min(whole.upperBound, blocks))
      }
      last = run
      start = run.end
      index += 1
    }
    // What is left of the last run, and one block at least.
    let rest = (last.isDeallocated ? last.end : last.end + partial) >> unit.blockShift
    list.append(isDeallocated: false, upTo: min(max(rest, lba + 1), blocks))
    return send(
      list.finish(), allocationLength: Int(cdb.uint32(at: 10)), workspace: environment.workspace)
  }

  /// Descriptors that the initiator takes, one at least.
  private var descriptorLimit: Int {
    max(1, min((Int(cdb.uint32(at: 10)) - 8) / 16, ProvisioningSurvey.capacity))
  }
}

/// The parameter data of GET LBA STATUS.
private struct ProvisioningList {
  private var data: ParameterData
  private var next: UInt64
  private var limit: Int
  private var count = 0

  init(_ workspace: UnsafeMutableRawBufferPointer, from lba: UInt64, limit: Int) {
    data = ParameterData(workspace)
    data.append(UInt32(4))  // PARAMETER DATA LENGTH, below
    data.append(UInt32(0))
    next = lba
    self.limit = limit
  }

  /// Adds a descriptor of the blocks behind those before, up to `end`. One too long for its field ends the list.
  mutating func append(isDeallocated: Bool, upTo end: UInt64) {
    guard end > next, count < limit else { return }
    data.append(next)
    data.append(UInt32(clamping: end - next))
    data.append(isDeallocated ? 0x01 : 0x00)  // PROVISIONING STATUS: deallocated, or mapped or unknown
    data.append(zeros: 3)
    count += 1
    if end - next > UInt64(UInt32.max) { limit = count }
    next = end
  }

  mutating func finish() -> ParameterData {
    data.patch(UInt32(truncatingIfNeeded: data.length - 4), at: 0)
    return data
  }
}
