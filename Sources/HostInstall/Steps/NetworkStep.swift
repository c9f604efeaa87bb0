/// The interface that the root disk hangs on stays up once the system has taken over from the initramfs. In the
/// initramfs it is named `bootnet`; a system that runs from its own disk has no such interface.
struct NetworkStep: InstallStep {
  let network: NetworkFacts

  let id = "network"
  var title: String { "Keep the boot network up in systems that run over iSCSI" }
  var details: [String] { files.map(\.path) + [NetworkStep.link] }

  private static let service = "/etc/systemd/system/ramdisk-install-bootnet.service"
  private static let link = "/etc/systemd/system/sysinit.target.wants/ramdisk-install-bootnet.service"

  private var files: [(path: String, text: String)] {
    var files = [(NetworkStep.service, NetworkStep.serviceText)]
    if network.hasNetworkManager {
      files.append(("/etc/NetworkManager/conf.d/90-ramdisk-install.conf", NetworkStep.networkManagerText))
    }
    if network.usesNetworkd {
      files.append(("/etc/systemd/network/00-bootnet.network", NetworkStep.networkdText))
    }
    return files
  }

  func apply(_ context: StepContext) async throws {
    for file in files {
      try context.transaction.makeDirectory(Files.parent(file.path))
      try context.transaction.write(file.path, Array(file.text.utf8))
    }
    try context.transaction.makeDirectory(Files.parent(NetworkStep.link))
    try context.transaction.link(NetworkStep.service, at: NetworkStep.link)
  }

  private static let serviceText = """
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

  private static let networkManagerText = """
    # Written by ramdisk-install. A pulled cable must not make NetworkManager take the address of the network that the
    # root disk hangs on.
    [device-bootnet]
    match-device=interface-name:bootnet
    ignore-carrier=yes

    """

  private static let networkdText = """
    # Written by ramdisk-install. The address that the initramfs got stays, whatever becomes of systemd-networkd.
    [Match]
    Name=bootnet

    [Network]
    DHCP=yes
    KeepConfiguration=yes

    """
}
