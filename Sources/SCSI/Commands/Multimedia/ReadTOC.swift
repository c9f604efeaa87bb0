extension CommandExecution {
  /// READ TOC/PMA/ATIP (MMC-6 6.26) of a disc with one session of one data track.
  mutating func startReadTOC(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    var data = ParameterData(environment.workspace)
    data.append(UInt16(0))  // DATA LENGTH, below
    // Older initiators ask in the CONTROL byte, as SFF-8020 had it.
    let format = cdb[2] & 0x0F == 0 ? cdb[9] >> 6 : cdb[2] & 0x0F
    switch format {
    case 0:
      let first = cdb[6]  // TRACK NUMBER
      guard first <= Track.data || first == Track.leadOut else { return reject(byte: 6) }
      data.append(contentsOf: [Track.data, Track.data])  // first and last track
      if first <= Track.data { append(Track.data, at: 0, to: &data) }
      append(Track.leadOut, at: unit.blockCount, to: &data)
    case 1:
      data.append(contentsOf: [1, 1])  // first and last complete session
      append(Track.data, at: 0, to: &data)
    case 2:
      // Only compact discs have the raw table of their lead-in.
      guard MediumProfile(of: unit) == .cdROM else { return reject(byte: 2, bit: 3) }
      guard cdb[6] <= 1 else { return reject(byte: 6) }  // SESSION NUMBER
      data.append(contentsOf: [1, 1])
      appendRaw(0xA0, [Track.data, 0, 0], to: &data)  // first track, CD-ROM
      appendRaw(0xA1, [Track.data, 0, 0], to: &data)  // last track
      appendRaw(0xA2, MediumAddress(block: unit.blockCount).bytes, to: &data)
      appendRaw(Track.data, MediumAddress(block: 0).bytes, to: &data)
    default: return reject(byte: 2, bit: 3)
    }
    data.patch(UInt16(clamping: data.length - 2), at: 0)
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }

  /// A track descriptor, with its start as LBA or, if MSF is set, as minute, second and frame.
  private func append(_ track: UInt8, at block: UInt64, to data: inout ParameterData) {
    data.append(contentsOf: [0, Track.control, track, 0])
    if cdb.isSet(0x02, at: 1) {
      data.append(contentsOf: [0] + MediumAddress(block: block).bytes)
    } else {
      data.append(UInt32(clamping: block))
    }
  }

  /// A descriptor of the lead-in's table.
  private func appendRaw(_ point: UInt8, _ place: [UInt8], to data: inout ParameterData) {
    data.append(contentsOf: [1, Track.control, 0, point, 0, 0, 0, 0] + place)
  }
}

private enum Track {
  /// The one track there is.
  static let data: UInt8 = 1
  static let leadOut: UInt8 = 0xAA
  /// ADR 1, CONTROL 4: a data track, recorded uninterrupted.
  static let control: UInt8 = 0x14
}
