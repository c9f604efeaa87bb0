/// The firmware's boot options: `BootOrder`, `BootNext` and `Boot####` (UEFI 2.10, 3.1.3).
struct BootOptions {
  static let orderName = FirmwareVariable.global("BootOrder")
  static let nextName = FirmwareVariable.global("BootNext")
  /// How our option is called; it is found by it, because firmware renumbers.
  static let title = "iSCSI Target Ramdisk"

  /// Numbers in the order in which they are tried.
  let order: [UInt16]
  /// Number of the option for the next boot only.
  let next: UInt16?
  /// Label by number.
  let labels: [UInt16: String]

  /// - Throws: `FirmwareError` where one cannot be read: taken for missing, its number would be used again, or the order
  ///   be written anew with nothing but ours in it.
  init(_ firmware: any FirmwareVariables) throws {
    order = BootOptions.numbers(try firmware.read(Self.orderName)?.bytes ?? [])
    next = BootOptions.numbers(try firmware.read(Self.nextName)?.bytes ?? []).first
    var labels: [UInt16: String] = [:]
    for variable in try firmware.names() {
      guard let number = BootOptions.number(variable) else { continue }
      labels[number] = try firmware.read(variable).flatMap { LoadOption.label(of: $0.bytes) } ?? ""
    }
    self.labels = labels
  }

  /// Ours, where there is one.
  var ours: UInt16? { labels.filter { $0.value == Self.title }.keys.min() }

  /// The lowest number that is neither used nor named in the order; nil when all are.
  var free: UInt16? { (0...UInt16.max).first { labels[$0] == nil && !order.contains($0) } }

  static func name(_ number: UInt16) -> FirmwareVariable {
    let digits = String(number, radix: 16, uppercase: true)
    return .global("Boot" + String(repeating: "0", count: 4 - digits.count) + digits)
  }

  /// The number in a name like `Boot001A`; nil for other variables. Some firmware writes lower case.
  static func number(_ variable: FirmwareVariable) -> UInt16? {
    guard variable.vendor == orderName.vendor, variable.name.hasPrefix("Boot"),
      variable.name.utf8.count == 8
    else { return nil }
    let digits = variable.name.dropFirst(4)
    return digits.allSatisfy(\.isHexDigit) ? UInt16(digits, radix: 16) : nil
  }

  /// Numbers of 16 bits, little-endian; an odd byte at the end is passed over.
  static func numbers(_ bytes: [UInt8]) -> [UInt16] {
    stride(from: 0, to: bytes.count - bytes.count % 2, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
  }

  static func bytes(_ numbers: [UInt16]) -> [UInt8] {
    numbers.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }
}
