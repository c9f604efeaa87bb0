import SiteConfig
import TargetService

extension TargetConfiguration {
  /// What the site says of its target, with the disks that are open.
  init(site: Site.Target, disks: [DiskSet.Opened]) {
    self.init(
      iqn: site.iqn, portals: [Portal(address: "0.0.0.0", port: UInt16(clamping: site.port))],
      luns: disks.map { Unit(lun: $0.unit.lun, store: $0.store) })
    allowedInitiators = site.initiators
    chap = site.chap.map {
      CHAP(
        user: $0.user, secret: $0.secret, targetUser: $0.mutual?.user, targetSecret: $0.mutual?.secret)
    }
  }
}
