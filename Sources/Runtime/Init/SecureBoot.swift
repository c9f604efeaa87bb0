import Linux

/// Whether the firmware verified what it started. The kernel then loads only modules that are signed, too.
enum SecureBoot {
  /// What the kernel's own start found out: no file system of the firmware's variables has to be mounted for it.
  static var isOn: Bool {
    isOn(bootParameters: (try? readFile("/sys/kernel/boot_params/data")) ?? [])
  }

  /// - Parameter bytes: a `struct boot_params` (Linux, Documentation/arch/x86/zero-page.rst: `secure_boot` at 0x1ec).
  static func isOn(bootParameters bytes: [UInt8]) -> Bool { bytes.count > 0x1ec && bytes[0x1ec] == 3 }
}
