import CEfivar

extension SecureBootState {
  /// The state that the firmware of this machine reports: UEFI 2.10, 3.3, variable SecureBoot.
  public static func ofThisMachine() -> SecureBootState {
    guard efi_variables_supported() > 0 else { return .unknown }
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    var attributes: UInt32 = 0
    guard efi_get_variable(efi_guid_global, "SecureBoot", &data, &size, &attributes) == 0, let data else {
      return .unknown
    }
    defer { data.deallocate() }
    return size >= 1 && data[0] == 1 ? .enabled : .disabled
  }
}
