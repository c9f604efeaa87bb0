import BootMenu
import SiteConfig

/// What the server has to offer. A new value can replace it while the server runs.
public struct NetbootContent: Sendable {
  public var site: Site
  public var images: BootImages
  /// Directory with the boot loaders for PXE clients (`ipxe.efi`, `undionly.kpxe`, …), all of them public.
  public var loaderDirectory: String
  /// Address of the iSCSI portal in scripts; nil: the one that the client reached the HTTP server by.
  public var portalAddress: String?

  public init(site: Site, images: BootImages, loaderDirectory: String, portalAddress: String? = nil) {
    self.site = site
    self.images = images
    self.loaderDirectory = loaderDirectory
    self.portalAddress = portalAddress
  }
}
