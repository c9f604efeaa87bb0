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
  /// SCSI name of the target port, `iqn...,t,0x0001`, for VPD page 83h; empty leaves it out.
  public var targetPortName: String

  public init(
    vendor: String, product: String, revision: String, serialNumber: String, naa: UInt64,
    targetPortName: String = ""
  ) {
    self.vendor = vendor
    self.product = product
    self.revision = revision
    self.serialNumber = serialNumber
    self.naa = naa
    self.targetPortName = targetPortName
  }
}
