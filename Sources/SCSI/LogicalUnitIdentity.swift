/// Who a logical unit is, the same after every restart (SPC-4 6.6.2, 7.8).
public struct LogicalUnitIdentity: Hashable, Sendable {
  /// T10 VENDOR IDENTIFICATION, up to 8 printable ASCII characters.
  public var vendor: String
  /// PRODUCT IDENTIFICATION, up to 16.
  public var product: String
  /// PRODUCT REVISION LEVEL, up to 4.
  public var revision: String
  /// Unit serial number (VPD page 80h), unique per server and disk.
  public var serialNumber: String
  /// NAA identifier of VPD page 83h: use type 3h (locally assigned, top four bits 3).
  public var naa: UInt64
  /// iSCSI name of the target, for the names of its ports in VPD page 83h; empty leaves them out.
  public var targetName: String

  public init(
    vendor: String, product: String, revision: String, serialNumber: String, naa: UInt64,
    targetName: String = ""
  ) {
    self.vendor = vendor
    self.product = product
    self.revision = revision
    self.serialNumber = serialNumber
    self.naa = naa
    self.targetName = targetName
  }

  /// SCSI name of a target port: the target's name and the portal group's tag (RFC 7143 4.4.2).
  func targetPortName(_ port: UInt16) -> String {
    let digits = String(port, radix: 16)
    return "\(targetName),t,0x\(String(repeating: "0", count: 4 - digits.count))\(digits)"
  }

  /// T10 vendor identification designator: the vendor in eight bytes, then the serial number (SPC-4 7.8.6.4).
  var vendorDesignator: [UInt8] {
    let printable = vendor.utf8.prefix(8).map { (0x20...0x7E).contains($0) ? $0 : 0x20 }
    let padding = [UInt8](repeating: 0x20, count: 8 - printable.count)
    return printable + padding + serialNumber.utf8.prefix(64)
  }
}
