import Foundation
import Testing

/// Variables of a virtual PC's firmware, written into the file that is its flash memory: what a person would set in
/// OVMF's menus (edk2, MdeModulePkg/Include/Guid/VariableFormat.h).
struct FirmwareVariables {
  private var flash: [UInt8]
  private var end: Int

  /// - Parameter template: the flash of a machine that was never switched on.
  init(template: String) throws {
    flash = Array(try Data(contentsOf: URL(filePath: template)))
    // A firmware volume: the length of its header stands at 48; the store has a header of 28 bytes of its own.
    end = Int(flash[48]) + Int(flash[49]) << 8 + 28
    try #require(flash[end...end + 1] == [0xFF, 0xFF], "\(template) has variables already")
  }

  /// Adds a variable that lasts and is for boot services only.
  mutating func add(_ name: String, _ vendor: UUID, _ data: [UInt8]) {
    var wide: [UInt8] = []
    for unit in Array(name.utf16) + [0] { wide += Self.little(unit) }
    var record: [UInt8] = Self.little(0x55AA as UInt16) + [0x3F, 0] + Self.little(3 as UInt32)
    record += [UInt8](repeating: 0, count: 8 + 16 + 4)
    record += Self.little(UInt32(wide.count)) + Self.little(UInt32(data.count)) + Self.mixed(vendor)
    record += wide + data
    flash.replaceSubrange(end..<end + record.count, with: record)
    end = (end + record.count + 3) & ~3
  }

  func write(to path: String) throws { try Data(flash).write(to: URL(filePath: path)) }

  private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// The first three parts of an EFI_GUID are little-endian.
  private static func mixed(_ id: UUID) -> [UInt8] {
    let bytes = withUnsafeBytes(of: id.uuid) { Array($0) }
    return [3, 2, 1, 0, 5, 4, 7, 6].map { bytes[$0] } + bytes[8...]
  }
}

/// One attempt of IScsiDxe to find a disk (edk2, NetworkPkg/IScsiDxe: ISCSI_ATTEMPT_CONFIG_NVDATA).
struct FirmwareAttempt {
  var address: [UInt8]
  var target: [UInt8]
  var port: UInt16
  var targetName: String
  /// Of the network card, as `52:54:00:12:34:56`.
  var hardwareAddress: String
  /// User and secret of both sides.
  var chap: (user: String, secret: String, target: String, targetSecret: String)

  /// gEfiIScsiInitiatorNameProtocolGuid and gIScsiConfigGuid.
  private static let nameVendor = UUID(uuidString: "59324945-EC44-4C0D-B1CD-9DB139DF070C")
  private static let configVendor = UUID(uuidString: "4B47D616-A8D6-4552-9D44-CCAD2E0F4CF9")

  /// Makes it the first of the eight that there are, and the only one that counts.
  func add(to variables: inout FirmwareVariables, initiatorName: String) throws {
    let name = try #require(Self.nameVendor)
    let config = try #require(Self.configVendor)
    variables.add("I_NAME", name, Array(initiatorName.utf8) + [0])
    // The driver overwrites the first ones as long as there are fewer.
    variables.add("InitialAttemptOrder", config, Array(1...8))
    variables.add("AttemptOrder", config, [1])
    for number: UInt8 in 1...8 {
      variables.add("Attempt \(number)", name, encoded(number, isUsed: number == 1))
    }
  }

  private func encoded(_ number: UInt8, isUsed: Bool) -> [UInt8] {
    func text(_ string: String, _ size: Int) -> [UInt8] {
      Array(string.utf8) + [UInt8](repeating: 0, count: size - string.utf8.count)
    }
    func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
    let portBytes = [UInt8(truncatingIfNeeded: port), UInt8(truncatingIfNeeded: port >> 8)]
    // A list's links, number of the card, number of the attempt, state, and two string identifiers.
    var bytes = zeros(16) + [0, number] + zeros(4 + 4)
    bytes += text("Attempt \(number)", 12) + text(hardwareAddress.uppercased(), 96) + zeros(3 * 16)
    // The session: enabled or not, IPv4, own address, mask and gateway, nothing from DHCP.
    bytes +=
      portBytes + [isUsed ? 1 : 0, 0] + address + zeros(12) + [255, 255, 255, 0] + zeros(16) + [0, 0]
    bytes += text(targetName, 224) + target + zeros(12) + [0] + zeros(8)
    // 5 s for a connection, two retries, ISID; no redirection; the target by its address.
    bytes += [0x88, 0x13, 2, 0x80, 0, 0, 0, 0, 1, 0] + zeros(2 + 16) + [0] + zeros(255)
    bytes += [1, 1] + text(chap.user, 127) + text(chap.secret, 17)
    bytes += text(chap.target, 127) + text(chap.targetSecret, 17)
    return bytes + [0, isUsed ? 1 : 0]
  }
}
