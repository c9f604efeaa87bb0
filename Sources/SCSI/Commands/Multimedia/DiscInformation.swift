extension CommandExecution {
  /// READ DISC INFORMATION (MMC-6 6.22): a complete disc with one complete session.
  mutating func startReadDiscInformation(_ environment: Environment) -> CommandStep {
    guard cdb[1] & 0x07 == 0 else { return reject(byte: 1, bit: 2) }  // DATA TYPE: only the standard one
    var data = ParameterData(environment.workspace)
    data.append(UInt16(32))
    data.append(0x0E)  // not erasable; last session and disc complete
    data.append(contentsOf: [1, 1, 1, 1])  // first track, sessions, first and last track of the last session
    data.append(0x20)  // URU: no restrictions of use
    data.append(zeros: 8)  // CD-ROM, no more than 255 sessions and tracks, no identification
    data.append(UInt32.max)  // LAST SESSION LEAD-IN START ADDRESS: nothing can be added
    data.append(UInt32.max)  // LAST POSSIBLE LEAD-OUT START ADDRESS
    data.append(zeros: 10)  // no bar code, application code or OPC table
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }

  /// READ TRACK INFORMATION (MMC-6 6.27) of the one track.
  mutating func startReadTrackInformation(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let number = UInt64(cdb.uint32(at: 2))
    switch cdb[1] & 0x03 {  // ADDRESS/NUMBER TYPE
    case 0 where number >= unit.blockCount: return .finish(.checkCondition(.outOfRange(number)))
    case 0: break
    case 1, 2: guard number == 1 else { return reject(byte: 2) }  // a track's or a session's number
    default: return reject(byte: 1, bit: 1)
    }
    var data = ParameterData(environment.workspace)
    data.append(UInt16(34))
    data.append(contentsOf: [1, 1, 0])  // track, session
    data.append(0x04)  // TRACK MODE: data, uninterrupted
    data.append(0x01)  // DATA MODE 1
    data.append(0)  // neither NWA nor LRA
    data.append(zeros: 16)  // start, next writable address, free blocks, fixed packet size
    data.append(UInt32(clamping: unit.blockCount))
    data.append(zeros: 8)  // LAST RECORDED ADDRESS, which LRA would announce, and the numbers' high bytes
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }
}
