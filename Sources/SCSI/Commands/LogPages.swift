import Synchronization

/// The log pages of a unit (SPC-4 7.3): only what is counted here is told.
enum LogPage: UInt8, CaseIterable {
  case supportedPages = 0x00
  case writeErrorCounters = 0x02
  case readErrorCounters = 0x03

  /// TOTAL UNCORRECTED ERRORS, the only parameter of the error counter pages (SPC-4 table 333).
  static let uncorrectedErrors: UInt16 = 0x0006
}

extension CommandExecution {
  /// LOG SENSE (SPC-4 6.8).
  mutating func startLogSense(_ environment: Environment) -> CommandStep {
    if cdb.isSet(0x01, at: 1) { return reject(byte: 1, bit: 0) }  // SP: nothing can be saved
    guard let page = LogPage(rawValue: cdb[2] & 0x3F) else { return reject(byte: 2, bit: 5) }
    let subpage = cdb[3]
    guard subpage == 0 || (subpage == 0xFF && page == .supportedPages) else { return reject(byte: 3) }
    guard cdb.uint16(at: 5) <= LogPage.uncorrectedErrors else { return reject(byte: 5) }  // PARAMETER POINTER
    let unit = environment.unit
    var data = ParameterData(environment.workspace)
    data.append(subpage == 0 ? page.rawValue : page.rawValue | 0x40)  // SPF
    data.append(subpage)
    data.append(UInt16(0))  // PAGE LENGTH, below
    switch page {
    case .supportedPages:
      for supported in LogPage.allCases {
        data.append(supported.rawValue)
        if subpage == 0xFF { data.append(0) }
      }
    case .writeErrorCounters: append(unit.writeErrors.load(ordering: .relaxed), to: &data)
    case .readErrorCounters: append(unit.readErrors.load(ordering: .relaxed), to: &data)
    }
    data.patch(UInt16(clamping: data.length - 4), at: 2)
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }

  /// The uncorrected errors so far, with PC 01b; thresholds and defaults are zero.
  private func append(_ errors: UInt64, to data: inout ParameterData) {
    data.append(LogPage.uncorrectedErrors)
    data.append(0x02)  // a bounded counter; nothing is saved
    data.append(8)
    data.append(cdb[2] >> 6 == 1 ? errors : 0)
  }

  /// LOG SELECT (SPC-4 6.7): resets the counters; single values cannot be set.
  mutating func startLogSelect(_ environment: Environment) -> CommandStep {
    if cdb.isSet(0x01, at: 1) { return reject(byte: 1, bit: 0) }
    guard cdb.uint16(at: 7) == 0 else { return reject(byte: 7) }
    guard cdb.isSet(0x02, at: 1) else { return .finish(.good) }  // PCR
    environment.unit.readErrors.store(0, ordering: .relaxed)
    environment.unit.writeErrors.store(0, ordering: .relaxed)
    return .finish(.good)
  }
}
