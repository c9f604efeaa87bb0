/// The configuration that makes dracut's images log in to any iSCSI target on any PC.
struct DracutConfiguration {
  static let path = "/etc/dracut.conf.d/90-ramdisk-install.conf"

  /// Put into the image where they exist.
  let installItems: [String]

  /// Which program configures the network in the image is left to dracut: see docs/decisions/0006-dracut-network-handler.md.
  var text: String {
    """
    # Written by ramdisk-install: the system boots from its own disk and, served by another machine's ramdisk, over iSCSI.
    # The module is asked for by name: on its own it goes only into the images of systems that run on iSCSI now.
    add_dracutmodules+=" iscsi "
    # The machine that boots this image has other network cards and controllers than this one, and its own command line.
    hostonly="no"
    hostonly_cmdline="no"
    install_optional_items+=" \(installItems.joined(separator: " ")) "

    """
  }
}
