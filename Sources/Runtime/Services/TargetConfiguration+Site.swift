import BlockStore
import SiteConfig
import TargetService

extension TargetConfiguration {
  /// What the site says of its target, with the disks that are open.
  ///
  /// - Parameter overlays: where initiators write to if a disk is not to be written.
  init(site: Site.Target, disks: [DiskSet.Opened], overlays: OverlayOptions) {
    self.init(
      iqn: site.iqn, portals: [Portal(address: "0.0.0.0", port: UInt16(clamping: site.port))],
      luns: disks.map { Unit($0, overlays: overlays) })
    allowedInitiators = site.initiators
    stateDirectory = site.stateDirectory
    chap = site.chap.map {
      CHAP(
        user: $0.user, secret: $0.secret, targetUser: $0.mutual?.user, targetSecret: $0.mutual?.secret)
    }
  }
}

extension TargetConfiguration.Unit {
  init(_ disk: DiskSet.Opened, overlays: OverlayOptions) {
    self.init(lun: disk.unit.lun, store: disk.store)
    self.overlays = overlays
  }
}
