/// The sub-options of option 43 for `PXEClient` (PXE 2.1, table 2-1).
public struct PXEVendorOptions: Hashable, Sendable {
  private enum Tag {
    static let discoveryControl: UInt8 = 6
    static let bootItem: UInt8 = 71
    static let end: UInt8 = 255
  }
  /// Bit 3 of PXE_DISCOVERY_CONTROL: if the reply names a boot file, fetch it, with no menu and no discovery.
  private static let useBootFile: UInt8 = 8

  /// PXE_BOOT_ITEM: the item the client chose on port 4011; it expects it back.
  public var bootItem: [UInt8]?

  public init(bootItem: [UInt8]? = nil) { self.bootItem = bootItem }

  public init(option value: [UInt8]) {
    var parts = DHCPOptions()
    parts.parse(value)
    bootItem = parts[DHCPOptionCode(rawValue: Tag.bootItem)]
  }

  /// The value to send: boot the named file at once, and the item chosen, if any.
  func encoded(usingBootFile: Bool) -> [UInt8] {
    var bytes: [UInt8] = usingBootFile ? [Tag.discoveryControl, 1, PXEVendorOptions.useBootFile] : []
    if let bootItem, bootItem.count <= 255 {
      bytes += [Tag.bootItem, UInt8(truncatingIfNeeded: bootItem.count)] + bootItem
    }
    return bytes + [Tag.end]
  }
}
