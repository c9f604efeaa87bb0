import Linux

/// The release that a Linux kernel image tells of itself: the x86 boot protocol's `kernel_version`
/// (Documentation/arch/x86/boot.rst), a pointer at 0x20E to a text like `6.1.0-28-amd64 (builder@host) #1 SMP …`.
enum KernelRelease {
  /// nil where the image is of another kind or says nothing.
  static func read(_ read: (_ offset: UInt64, _ count: Int) -> [UInt8]) -> String? {
    guard read(0x202, 4) == Array("HdrS".utf8) else { return nil }
    let pointer = read(0x20E, 2)
    guard pointer.count == 2 else { return nil }
    let offset = UInt64(pointer[0]) | UInt64(pointer[1]) << 8
    guard offset > 0 else { return nil }
    let text = read(offset + 0x200, 128).prefix { $0 > 0x20 && $0 < 0x7F }
    return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
  }
}
