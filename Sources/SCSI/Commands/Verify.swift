/// What VERIFY and WRITE AND VERIFY compare (BYTCHK, SBC-3 table 95).
enum ByteCheck: UInt8 {
  /// The medium is read, nothing is compared.
  case readable = 0
  /// All of Data-Out is compared.
  case data = 1
  /// One block of Data-Out is compared with every block.
  case sameBlock = 3
}

extension CommandExecution {
  /// BYTCHK; nil for its reserved value.
  var byteCheck: ByteCheck? { ByteCheck(rawValue: cdb[1] >> 1 & 0x03) }

  /// VERIFY (10), (12), (16) (SBC-3 5.29-5.31).
  mutating func startVerify(_ environment: Environment) -> CommandStep {
    if let refusal = refuseBlocks(environment.unit, writes: false) { return refusal }
    guard let check = byteCheck else { return reject(byte: 1, bit: 2) }
    guard let extent = requestedExtent(environment.unit), extent.length > 0 else { return .finish(.good) }
    cursor = extent
    switch check {
    case .readable:
      phase = .loaded
      return .load(part)
    case .data:
      transfers(extent.length)
      cursor.length = min(extent.length, offeredLength(environment.unit))
      return receivePart()
    case .sameBlock:
      transfers(environment.unit.blockLength)
      guard expectedDataOut >= environment.unit.blockLength else { return reject(byte: 1, bit: 2) }
      phase = .received
      return .receive(length: environment.unit.blockLength)
    }
  }

  mutating func resumeVerify(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    if phase == .received {
      phase = .loaded
      return .load(part)
    }
    let check = byteCheck ?? .readable
    let repeated = check == .sameBlock ? environment.unit.blockLength : part.length
    if check != .readable,
      let offset = firstDifference(environment.workspace, dataOut, repeatedEvery: repeated)
    {
      return .finish(.checkCondition(.miscompare(atByte: offset)))
    }
    index += part.length
    advance()
    if cursor.length == 0 { return .finish(.good) }
    return check == .data ? receivePart() : .load(part)
  }

  /// WRITE AND VERIFY (10), (12), (16) (SBC-3 5.37-5.39): durable writes, then the same as VERIFY.
  mutating func startWriteAndVerify(_ environment: Environment) -> CommandStep {
    if let refusal = refuseBlocks(environment.unit, writes: true) { return refusal }
    guard let check = byteCheck, check != .sameBlock else { return reject(byte: 1, bit: 2) }
    guard let extent = requestedExtent(environment.unit), extent.length > 0 else { return .finish(.good) }
    transfers(extent.length)
    cursor = MediumExtent(
      offset: extent.offset, length: min(extent.length, offeredLength(environment.unit)))
    if check == .data { return receivePart() }
    if cursor.length == 0 { return .finish(.good) }
    phase = .stored
    return .receiveToMedium(cursor, durable: true)
  }

  mutating func resumeWriteAndVerify(_ environment: Environment, dataOut: UnsafeRawBufferPointer)
    -> CommandStep
  {
    switch phase {
    case .received:
      phase = .stored
      return .store(part, from: .dataOut, offset: 0, durable: true)
    case .stored:
      phase = .loaded
      return .load(part)
    default:
      if byteCheck == .data,
        let offset = firstDifference(environment.workspace, dataOut, repeatedEvery: part.length)
      {
        return .finish(.checkCondition(.miscompare(atByte: offset)))
      }
      index += part.length
      advance()
      if cursor.length == 0 { return .finish(.good) }
      return byteCheck == .data ? receivePart() : .load(part)
    }
  }

  /// Offset in Data-Out of the first byte in which the loaded part differs from `dataOut`, whose first `period` bytes
  /// repeat; a Data-Out buffer that is too short differs where it ends.
  private func firstDifference(
    _ workspace: UnsafeMutableRawBufferPointer, _ dataOut: UnsafeRawBufferPointer, repeatedEvery period: Int
  ) -> UInt64? {
    let length = min(part.length, workspace.count)
    guard dataOut.count >= period, period > 0 else { return UInt64(clamping: index) }
    for start in stride(from: 0, to: length, by: period) {
      let count = min(period, length - start)
      let loaded = UnsafeRawBufferPointer(rebasing: workspace[start..<start + count])
      if let offset = loaded.firstDifference(UnsafeRawBufferPointer(rebasing: dataOut[..<count])) {
        return UInt64(clamping: (byteCheck == .sameBlock ? 0 : index + start) + offset)
      }
    }
    return nil
  }
}
