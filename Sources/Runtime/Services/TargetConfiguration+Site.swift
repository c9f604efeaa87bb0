import BlockStore
import SiteConfig
import TargetService

extension TargetConfiguration {
  /// What the site says of its target, with the disks that are open.
  ///
  /// - Parameter overlays: where initiators write to if a disk is not to be written.
  init(site: Site.Target, disks: [DiskSet.Opened], overlays: OverlayOptions) {
    self.init(
      iqn: site.iqn,
      portals: site.portals.isEmpty
        ? [Portal(address: "0.0.0.0", port: UInt16(clamping: site.port))]
        : site.portals.map { Portal($0, at: site.address(of: $0)) },
      luns: disks.map { Unit($0, overlays: overlays) })
    allowedInitiators = site.initiators
    stateDirectory = site.stateDirectory
    chap = site.chap.map(CHAP.init)
    accounts = site.accounts.map { (initiator: $0.initiator, chap: CHAP($0.chap)) }
  }
}

extension TargetConfiguration.CHAP {
  init(_ chap: Site.CHAP) {
    self.init(
      user: chap.user, secret: chap.secret, targetUser: chap.mutual?.user, targetSecret: chap.mutual?.secret)
  }
}

extension TargetConfiguration.Portal {
  init(_ portal: Site.Portal, at address: PortalAddress) {
    self.init(
      address: address.host, port: UInt16(clamping: address.port), group: UInt16(clamping: portal.group),
      redirection: PortalAddress(portal.redirect).map {
        TargetConfiguration.Redirection(
          address: $0.host, port: UInt16(clamping: $0.port), isPermanent: portal.moved == .permanently)
      })
  }
}

extension TargetConfiguration.Unit {
  init(_ disk: DiskSet.Opened, overlays: OverlayOptions) {
    self.init(lun: disk.unit.lun, store: disk.store)
    self.overlays = overlays
    allowsSanitize = disk.unit.sanitize
  }
}
