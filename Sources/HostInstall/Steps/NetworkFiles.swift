/// What is written for the boot network.
enum NetworkFiles {
  static let service = "/etc/systemd/system/ramdisk-install-bootnet.service"
  static let serviceLink = "/etc/systemd/system/sysinit.target.wants/ramdisk-install-bootnet.service"

  static let serviceText = """
    # Written by ramdisk-install. The address of the network that the root disk hangs on must outlive its DHCP lease:
    # without it there is no disk to load a DHCP client from.
    [Unit]
    Description=Keep the address of the iSCSI boot network
    DefaultDependencies=no
    ConditionPathExists=/sys/class/net/bootnet
    After=systemd-udevd.service
    Before=sysinit.target

    [Service]
    Type=oneshot
    ExecStart=/bin/sh -c 'ip -o address show dev bootnet scope global | while read -r n dev family address rest; do ip address change "$address" dev bootnet valid_lft forever preferred_lft forever; done'

    """

  static let rules = "/etc/udev/rules.d/90-ramdisk-install.rules"

  /// A value written here is kept by the kernel, whatever iscsid sets later (recovery_tmo_sysfs_override in
  /// drivers/scsi/scsi_transport_iscsi.c).
  static let rulesText = """
    # Written by ramdisk-install. A target that restarts is away for minutes: its disk is waited for, and reports no
    # errors after the two minutes that are usual (replacement_timeout). Only sessions with a ramdisk are meant.
    ACTION=="add|change", SUBSYSTEM=="iscsi_session", ATTR{targetname}=="iqn.2026-11.net.iscsi-target-ramdisk:*", ATTR{recovery_tmo}="off"

    """

  static let networkManagerText = """
    # Written by ramdisk-install. A pulled cable must not make NetworkManager take the address of the network that the
    # root disk hangs on.
    [device-bootnet]
    match-device=interface-name:bootnet
    ignore-carrier=yes

    """

  static let networkdText = """
    # Written by ramdisk-install. The address that the initramfs got stays, whatever becomes of systemd-networkd.
    [Match]
    Name=bootnet

    [Network]
    DHCP=yes
    KeepConfiguration=yes

    """

  static let wickedText = """
    # Written by ramdisk-install. The root disk hangs on this interface: wicked leaves it up (STARTMODE in ifcfg(5)).
    STARTMODE='nfsroot'
    BOOTPROTO='dhcp'

    """
}
