/// What the client's firmware can run: option 93 (RFC 4578 2.1 and IANA's "Processor Architecture Types").
public struct ClientArchitecture: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The first type of an option 93; nil for a value too short to hold one.
  init?(option value: [UInt8]) {
    guard value.count >= 2 else { return nil }
    rawValue = UInt16(value[0]) << 8 | UInt16(value[1])
  }

  /// The kind of boot file it takes; nil for types that nobody has a loader for.
  public var firmware: ClientFirmware? {
    switch rawValue {
    case 0, 20: .bios
    case 6, 15: .ia32
    // RFC 4578 and its errata disagree on 7 and 9; both are x64 in the field.
    case 7, 9, 16: .x64
    case 10, 18: .arm32
    case 11, 19: .arm64
    case 25, 26: .riscv32
    case 27, 28: .riscv64
    case 37, 38: .loongArch32
    case 39, 40: .loongArch64
    default: nil
    }
  }

  public var description: String { "\(rawValue)" + (firmware.map { " (\($0))" } ?? "") }
}

/// The kinds of boot file: machine code and firmware interface.
public enum ClientFirmware: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case bios
  case ia32
  case x64
  case arm32
  case arm64
  case riscv32
  case riscv64
  case loongArch32
  case loongArch64

  /// `BIOS`, `x64 UEFI`.
  public var description: String { self == .bios ? "BIOS" : "\(rawValue) UEFI" }
}
