import CEfivar
import Glibc

/// The variables of this machine's firmware, by libefivar, which also lifts and restores the immutable flag of the
/// files in efivarfs.
public struct SystemFirmware: FirmwareVariables {
  public init() {}

  public var isPresent: Bool { efi_variables_supported() > 0 }

  public var isWritable: Bool {
    guard isPresent else { return false }
    let directory = getenv("EFIVARFS_PATH").map { String(cString: $0) } ?? "/sys/firmware/efi/efivars/"
    return access(directory, W_OK) == 0
  }

  public func names() throws -> [FirmwareVariable] {
    var found: [FirmwareVariable] = []
    var vendor: UnsafeMutablePointer<efi_guid_t>?
    var name: UnsafeMutablePointer<CChar>?
    while true {
      let result = efi_get_next_variable_name(&vendor, &name)
      guard result >= 0 else { throw SystemFirmware.failure("list the firmware's variables") }
      guard result > 0, let vendor, let name else { return found }
      var text: UnsafeMutablePointer<CChar>?
      guard efi_guid_to_str(vendor, &text) > 0, let text else { continue }
      defer { free(text) }
      found.append(FirmwareVariable(name: String(cString: name), vendor: String(cString: text)))
    }
  }

  public func read(_ variable: FirmwareVariable) throws -> FirmwareValue? {
    var data: UnsafeMutablePointer<UInt8>?
    var size = 0
    var attributes: UInt32 = 0
    guard efi_get_variable(try guid(variable), variable.name, &data, &size, &attributes) == 0 else {
      if errno == ENOENT {
        efi_error_clear()
        return nil
      }
      throw SystemFirmware.failure("read the variable \(variable)")
    }
    defer { free(data) }
    return FirmwareValue(Array(UnsafeBufferPointer(start: data, count: size)), attributes: attributes)
  }

  public func write(_ variable: FirmwareVariable, _ value: FirmwareValue) throws {
    var bytes = value.bytes
    let result = efi_set_variable(
      try guid(variable), variable.name, &bytes, bytes.count, value.attributes, 0o644)
    guard result == 0 else { throw SystemFirmware.failure("write the variable \(variable)") }
  }

  public func remove(_ variable: FirmwareVariable) throws {
    guard try read(variable) != nil else { return }
    guard efi_del_variable(try guid(variable), variable.name) == 0 else {
      throw SystemFirmware.failure("remove the variable \(variable)")
    }
  }

  private func guid(_ variable: FirmwareVariable) throws -> efi_guid_t {
    var guid = efi_guid_t()
    guard efi_str_to_guid(variable.vendor, &guid) == 0 else {
      throw FirmwareError(attempt: "use the variable \(variable)", reason: "its GUID is none")
    }
    return guid
  }

  /// With what libefivar says of the last error; ENOSPC is what firmware answers whose memory is full.
  private static func failure(_ attempt: String) -> FirmwareError {
    var reason = errno == ENOSPC ? "the firmware's memory is full (old crash dumps fill it)" : errnoText()
    var file: UnsafeMutablePointer<CChar>?
    var function: UnsafeMutablePointer<CChar>?
    var message: UnsafeMutablePointer<CChar>?
    var line: Int32 = 0
    var code: Int32 = 0
    if efi_error_get(0, &file, &function, &line, &message, &code) > 0, let message {
      reason += " (\(String(cString: message)))"
    }
    efi_error_clear()
    return FirmwareError(attempt: attempt, reason: reason)
  }

  private static func errnoText() -> String { String(cString: strerror(errno)) }
}
