import Testing

@testable import HostInstall

/// Firmware that lists its variables and fails to read one of them.
private struct UnreadableFirmware: FirmwareVariables {
  let isPresent = true
  let isWritable = true
  func names() -> [FirmwareVariable] { [BootOptions.orderName, BootOptions.name(1)] }
  func read(_ variable: FirmwareVariable) throws -> FirmwareValue? {
    if variable == BootOptions.name(1) { throw FirmwareError(attempt: "read \(variable)", reason: "a test") }
    return variable == BootOptions.orderName ? FirmwareValue([1, 0]) : nil
  }
  func write(_ variable: FirmwareVariable, _ value: FirmwareValue) {}
  func remove(_ variable: FirmwareVariable) {}
}

@Suite struct BootOptionsTests {
  @Test func whatCannotBeReadIsNotTakenForMissing() {
    #expect(throws: FirmwareError.self) { try BootOptions(UnreadableFirmware()) }
    #expect(!EFIProbe(firmware: UnreadableFirmware()).facts(system: []).isWritable)
  }
}
