/// The commands of this device server; the raw value is the operation code, and the service action below it.
enum Command: UInt16, CaseIterable, Sendable {
  case testUnitReady = 0x0000
  case requestSense = 0x0300
  case read6 = 0x0800
  case write6 = 0x0A00
  case inquiry = 0x1200
  case modeSelect6 = 0x1500
  case modeSense6 = 0x1A00
  case startStopUnit = 0x1B00
  case readCapacity10 = 0x2500
  case read10 = 0x2800
  case write10 = 0x2A00
  case synchronizeCache10 = 0x3500
  case modeSelect10 = 0x5500
  case modeSense10 = 0x5A00
  case read16 = 0x8800
  case write16 = 0x8A00
  case synchronizeCache16 = 0x9100
  case readCapacity16 = 0x9E10
  case reportLUNs = 0xA000
  case read12 = 0xA800
  case write12 = 0xAA00

  /// The command a descriptor block asks for; nil: not one of this device server's.
  @inline(__always) init?(_ cdb: CommandDescriptorBlock) {
    let code = UInt16(cdb.operationCode) << 8
    guard Command.hasServiceAction(cdb.operationCode) else {
      self.init(rawValue: code)
      return
    }
    self.init(rawValue: code | UInt16(cdb[1] & 0x1F))
  }

  /// Whether the operation code has a service action in byte 1 (SPC-4 4.2.5.2) of which some are implemented here.
  static func hasServiceAction(_ operationCode: UInt8) -> Bool {
    switch operationCode {
    case 0x5E, 0x5F, 0x9E, 0xA3: true
    default: false
    }
  }
}
