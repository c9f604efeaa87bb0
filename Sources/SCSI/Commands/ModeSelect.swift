extension CommandExecution {
  /// MODE SELECT (6), (10) (SPC-4 6.11, 6.12): gathers the parameter list.
  mutating func startModeSelect() -> CommandStep {
    guard cdb.isSet(0x10, at: 1) else { return reject(byte: 1, bit: 4) }  // PF
    guard !cdb.isSet(0x01, at: 1) else { return reject(byte: 1, bit: 0) }  // SP: pages cannot be saved
    let listLength = cdb.operationCode == 0x55 ? Int(cdb.uint16(at: 7)) : Int(cdb[4])
    return receiveParameterList(listLength)
  }

  /// Checks the whole list, then applies it; other nexuses are told (SPC-4 5.8).
  mutating func resumeModeSelect(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep {
    guard let list = parameterList(dataOut) else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    switch modePages(in: list, environment.unit) {
    case .failure(let refusal): return .finish(.checkCondition(refusal.sense))
    case .success(let pages):
      if !pages.isEmpty {
        for page in pages { ModePage.apply(page, to: environment.unit) }
        environment.unit.raise(.modeParametersChanged, except: environment.nexus)
      }
      return .finish(.good)
    }
  }

  private struct Refusal: Error {
    let sense: Sense
  }

  /// The pages of a mode parameter list, each checked against what may be changed.
  private func modePages(in list: UnsafeRawBufferPointer, _ unit: LogicalUnit) -> Result<[[UInt8]], Refusal> {
    let tooShort = Result<[[UInt8]], Refusal>.failure(Refusal(sense: .parameterListLengthError))
    func invalid(_ byte: Int) -> Result<[[UInt8]], Refusal> {
      .failure(Refusal(sense: .invalidField(parameterByte: byte)))
    }
    let isLong = cdb.operationCode == 0x55
    let headerLength = isLong ? 8 : 4
    guard list.count >= headerLength else { return tooShort }
    let descriptorLength = isLong ? Int(list[6]) << 8 | Int(list[7]) : Int(list[3])
    guard headerLength + descriptorLength <= list.count else { return tooShort }
    if descriptorLength != 0 {
      let isLongLBA = isLong && list[4] & 1 != 0
      guard descriptorLength == (isLongLBA ? 16 : 8) else { return invalid(isLong ? 6 : 3) }
      // Neither the capacity nor the block length can be changed here.
      let lengthOffset = headerLength + descriptorLength - 4
      let mask: UInt32 = isLongLBA ? 0xFFFF_FFFF : 0x00FF_FFFF
      let blockLength = (list.bigEndian(UInt32.self, at: lengthOffset) ?? 0) & mask
      guard blockLength == UInt32(truncatingIfNeeded: unit.blockLength) else { return invalid(lengthOffset) }
    }

    let known = ModePage.all(of: unit)
    var pages: [[UInt8]] = []
    var offset = headerLength + descriptorLength
    while offset < list.count {
      guard let page = known.first(where: { $0.code == list[offset] & 0x3F }), list[offset] & 0x40 == 0 else {
        return invalid(offset)
      }
      guard offset + 2 <= list.count else { return tooShort }
      guard list[offset + 1] == page.current[1] else { return invalid(offset + 1) }
      guard offset + page.current.count <= list.count else { return tooShort }
      for index in 2..<page.current.count {
        let differs = (list[offset + index] ^ page.current[index]) & ~page.changeable[index]
        guard differs == 0 else { return invalid(offset + index) }
      }
      pages.append(Array(list[offset..<offset + page.current.count]))
      offset += page.current.count
    }
    return .success(pages)
  }
}
