extension CommandExecution {
  /// MODE SENSE (6), (10) (SPC-4 6.13, 6.14).
  mutating func startModeSense(_ environment: Environment) -> CommandStep {
    let isLong = cdb.operationCode == 0x5A
    let pageCode = cdb[2] & 0x3F
    let subpage = cdb[3]
    guard subpage == 0 || subpage == 0xFF else { return reject(byte: 3) }
    let all = ModePage.all(of: environment.unit)
    let pages = pageCode == 0x3F ? all : all.filter { $0.code == pageCode }
    guard !pages.isEmpty else { return reject(byte: 2, bit: 5) }

    var data = ParameterData(environment.workspace)
    appendModeHeader(isLong: isLong, environment.unit, to: &data)
    for page in pages {
      switch cdb[2] >> 6 {  // PAGE CONTROL
      case 0: data.append(contentsOf: page.current)
      case 1: data.append(contentsOf: page.changeable)
      case 2: data.append(contentsOf: page.defaults)
      default: return .finish(.checkCondition(.savingNotSupported))
      }
    }
    if isLong {
      data.patch(UInt16(clamping: data.length - 2), at: 0)
    } else {
      data.patch(UInt8(clamping: data.length - 1), at: 0)
    }
    let allocationLength = isLong ? Int(cdb.uint16(at: 7)) : Int(cdb[4])
    return send(data, allocationLength: allocationLength, workspace: environment.workspace)
  }

  /// Mode parameter header and, unless DBD is set, a block descriptor: long with LLBAA (SPC-4 7.5.5, SBC-3 6.5.2).
  /// CD/DVD drives have neither descriptors nor a device-specific parameter (MMC-6 7.2.1).
  private func appendModeHeader(isLong: Bool, _ unit: LogicalUnit, to data: inout ParameterData) {
    let withDescriptor = !cdb.isSet(0x08, at: 1) && !unit.isMultimedia
    let longLBA = isLong && withDescriptor && cdb.isSet(0x10, at: 1)
    let descriptorLength: UInt8 = !withDescriptor ? 0 : longLBA ? 16 : 8
    let device = unit.isMultimedia ? 0 : ModeBit.dpoFUA | (unit.isWriteProtected ? ModeBit.writeProtected : 0)
    if isLong {
      data.append(contentsOf: [0, 0, 0, device, longLBA ? 1 : 0, 0, 0, descriptorLength])
    } else {
      data.append(contentsOf: [0, 0, device, descriptorLength])
    }
    guard withDescriptor else { return }
    if longLBA {
      data.append(unit.blockCount)
      data.append(UInt32(0))
    } else {
      data.append(UInt32(clamping: unit.blockCount))
    }
    data.append(UInt32(truncatingIfNeeded: unit.blockLength))
  }
}
