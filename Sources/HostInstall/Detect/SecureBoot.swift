extension SecureBootState {
  /// The state that the firmware reports: UEFI 2.10, 3.3, variable SecureBoot.
  public static func of(_ firmware: any FirmwareVariables) -> SecureBootState {
    guard firmware.isPresent, let value = try? firmware.read(.global("SecureBoot")),
      let state = value.bytes.first
    else { return .unknown }
    return state == 1 ? .enabled : .disabled
  }
}
