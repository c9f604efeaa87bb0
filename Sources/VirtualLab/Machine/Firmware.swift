/// What a machine runs before any operating system.
public enum Firmware: String, CaseIterable, Sendable {
  /// SeaBIOS; its network boot is the iPXE ROM of the virtual network card.
  case bios
  /// OVMF, with its own network stack.
  case uefi

  /// Arguments for QEMU.
  ///
  /// - Parameters:
  ///   - variables: file with the machine's own firmware variables.
  ///   - keys: with which UEFI starts signed programs only (Secure Boot).
  func arguments(variables: String, keys: KnownKeys?) throws -> [String] {
    switch self {
    case .bios:
      // Without graphics SeaBIOS shows its screen, and so GRUB's and iPXE's, on the serial port.
      return ["-machine", "q35,graphics=off"]
    case .uefi:
      // The variables that Secure Boot goes by can be written in system management mode only.
      let machine =
        keys == nil ? ["q35"] : ["q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
      return ["-machine"] + machine + [
        "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=\(try Firmware.code(isSecure: keys != nil))",
        "-drive", "if=pflash,unit=1,format=raw,file=\(variables)",
        // OVMF offers network boot only where it has a source of random numbers.
        "-device", "virtio-rng-pci",
      ]
    }
  }

  /// Makes the file with a machine's firmware variables, as they are when the machine is new.
  func prepare(variables: String, keys: KnownKeys?) async throws {
    guard self == .uefi else { return }
    let template = try Firmware.find(
      keys?.variableTemplates ?? Firmware.variableTemplates, "the variables of a new OVMF")
    try await HostCommand(["cp", template, variables]).run()
  }

  private static func code(isSecure: Bool) throws -> String {
    try find(
      isSecure
        ? ["/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd"]
        : [
          "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd",
          "/usr/share/edk2/ovmf/OVMF_CODE.fd",
        ],
      "the firmware OVMF")
  }

  private static let variableTemplates = [
    "/usr/share/OVMF/OVMF_VARS_4M.fd", "/usr/share/OVMF/OVMF_VARS.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd",
  ]

  private static func find(_ candidates: [String], _ what: String) throws -> String {
    for path in candidates where HostFile.exists(path) { return path }
    throw LabError(
      .missingProgram, "\(what) is not installed (Debian, Ubuntu: package ovmf; Fedora: edk2-ovmf)")
  }
}
