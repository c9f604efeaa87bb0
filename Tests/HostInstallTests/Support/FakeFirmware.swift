import Synchronization

@testable import HostInstall

/// A firmware's variables, as a table.
final class FakeFirmware: FirmwareVariables {
  private let table: Mutex<[FirmwareVariable: FirmwareValue]>
  let isPresent: Bool
  var isWritable: Bool { isPresent }

  /// What the firmware of a machine with this loader holds.
  convenience init(_ loader: BootLoaderKind) {
    guard loader == .systemdBoot || loader == .efi else {
      self.init(isPresent: false, [:])
      return
    }
    var table: [FirmwareVariable: FirmwareValue] = [
      BootOptions.orderName: FirmwareValue(BootOptions.bytes([1, 0])),
      BootOptions.name(0): FirmwareValue([1, 0, 0, 0, 0, 0] + UTF16Text.encoded("Network")),
      BootOptions.name(1): FirmwareValue([1, 0, 0, 0, 0, 0] + UTF16Text.encoded("Linux Boot Manager")),
    ]
    if loader == .systemdBoot {
      table[.loader("LoaderInfo")] = FirmwareValue(UTF16Text.encoded("systemd-boot 252.39"), attributes: 6)
      table[.loader("LoaderFeatures")] = FirmwareValue([0x7F, 0, 0, 0, 0, 0, 0, 0], attributes: 6)
    }
    self.init(isPresent: true, table)
  }

  init(isPresent: Bool, _ table: [FirmwareVariable: FirmwareValue]) {
    self.isPresent = isPresent
    self.table = Mutex(table)
  }

  var all: [FirmwareVariable: FirmwareValue] { table.withLock { $0 } }

  func names() -> [FirmwareVariable] { Array(all.keys) }
  func read(_ variable: FirmwareVariable) -> FirmwareValue? { all[variable] }
  func write(_ variable: FirmwareVariable, _ value: FirmwareValue) { table.withLock { $0[variable] = value } }
  func remove(_ variable: FirmwareVariable) { table.withLock { $0[variable] = nil } }
}
