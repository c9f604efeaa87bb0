extension CommandExecution {
  /// READ DISC STRUCTURE (MMC-6 6.23): what the lead-in of a DVD says; a compact disc has no such thing.
  mutating func startReadDiscStructure(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    guard cdb[1] & 0x0F == 0 else { return reject(byte: 1, bit: 3) }  // MEDIA TYPE: DVD
    guard MediumProfile(of: unit) == .dvdROM else { return .finish(.checkCondition(.incompatibleFormat)) }
    guard cdb[6] == 0 else { return reject(byte: 6) }  // LAYER NUMBER
    var data = ParameterData(environment.workspace)
    data.append(UInt16(0))  // DATA LENGTH, below
    data.append(UInt16(0))
    switch DiscStructure(rawValue: cdb[7]) {
    case .physical: appendPhysicalFormat(blocks: unit.blockCount, to: &data)
    case .copyright: data.append(zeros: 4)  // no protection, playable in every region
    case .manufacturing: data.append(zeros: 2048)
    case .list:
      for structure in DiscStructure.allCases where structure != .list {
        data.append(structure.rawValue)
        data.append(0x40)  // readable
        data.append(structure.length)
      }
    case nil: return reject(byte: 7)
    }
    data.patch(UInt16(clamping: data.length - 2), at: 0)
    return send(data, allocationLength: Int(cdb.uint16(at: 8)), workspace: environment.workspace)
  }

  /// Physical format information: one embossed layer, of whatever size the image is.
  private func appendPhysicalFormat(blocks: UInt64, to data: inout ParameterData) {
    let start: UInt32 = 0x030000
    data.append(0x01)  // DVD-ROM, version 1
    data.append(0x0F)  // 120 mm, no maximum rate
    data.append(0x01)  // one layer, embossed
    data.append(0x00)
    data.append(start)
    data.append(min(0x00FF_FFFF, start + UInt32(clamping: min(blocks, 0x00FF_FFFF)) - 1))
    data.append(zeros: 2048 - 12)  // no second layer, no burst cutting area
  }
}

/// Formats of READ DISC STRUCTURE for DVDs.
private enum DiscStructure: UInt8, CaseIterable {
  case physical = 0x00
  case copyright = 0x01
  case manufacturing = 0x04
  case list = 0xFF

  /// Bytes of the structure with its header.
  var length: UInt16 {
    switch self {
    case .physical, .manufacturing: 2052
    case .copyright: 8
    case .list: 0
    }
  }
}
