/// Who asks: what a client's packet says about it.
public struct BootClient: Hashable, Sendable, CustomStringConvertible {
  /// Which program is asking.
  public enum Stage: Hashable, Sendable {
    /// An operating system, or firmware that does not want to boot from the network.
    case ordinary
    /// A PXE ROM, BIOS or UEFI.
    case pxe
    /// UEFI HTTP Boot.
    case http
    /// iPXE, with its version if it tells.
    case ipxe(IPXEVersion?)
  }

  public let hardwareAddress: HardwareAddress
  public let stage: Stage
  /// nil if the client did not say.
  public let architecture: ClientArchitecture?

  public init(packet: DHCPPacket) {
    let options = packet.options
    let vendorClass = options.text(.vendorClass) ?? ""
    hardwareAddress = packet.hardwareAddress
    architecture =
      options[.clientArchitecture].flatMap { ClientArchitecture(option: $0) }
      ?? BootClient.architecture(inVendorClass: vendorClass)
    if BootClient.isIPXE(userClass: options[.userClass]) || options[.ipxe] != nil {
      stage = .ipxe(options[.ipxe].flatMap { IPXEOptions(option: $0).version })
    } else if vendorClass.hasPrefix("HTTPClient") {
      stage = .http
    } else if vendorClass.hasPrefix("PXEClient") {
      stage = .pxe
    } else {
      stage = .ordinary
    }
  }

  /// iPXE sends the bare word; RFC 3004 wants a length byte before each class.
  private static func isIPXE(userClass: [UInt8]?) -> Bool {
    guard let userClass else { return false }
    let word = Array("iPXE".utf8)
    return userClass == word || userClass == [UInt8(word.count)] + word
  }

  /// `PXEClient:Arch:00007:UNDI:003016`: old ROMs say it only here.
  private static func architecture(inVendorClass text: String) -> ClientArchitecture? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[1] == "Arch" else { return nil }
    return UInt16(parts[2]).map { ClientArchitecture(rawValue: $0) }
  }

  /// `aa:bb:cc:dd:ee:ff (iPXE 1.21.1, architecture 7 (x64 UEFI))`
  public var description: String {
    let program =
      switch stage {
      case .ordinary: "DHCP client"
      case .pxe: "PXE"
      case .http: "UEFI HTTP Boot"
      case .ipxe(let version): "iPXE" + (version.map { " \($0)" } ?? "")
      }
    let details = architecture.map { ", architecture \($0)" } ?? ""
    return "\(hardwareAddress) (\(program)\(details))"
  }
}
