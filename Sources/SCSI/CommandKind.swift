/// What a command does to the medium, for statistics.
public enum CommandKind: UInt8, CaseIterable, Sendable {
  case read, write
  /// SYNCHRONIZE CACHE.
  case flush
  case other

  /// By the operation code, the first byte of the command descriptor block.
  public init(operationCode: UInt8) {
    switch Command(rawValue: UInt16(operationCode) << 8) {
    case .read6, .read10, .read12, .read16, .readCD, .readCDMSF: self = .read
    case .write6, .write10, .write12, .write16, .writeAtomic16: self = .write
    case .synchronizeCache10, .synchronizeCache16: self = .flush
    default: self = .other
    }
  }
}
