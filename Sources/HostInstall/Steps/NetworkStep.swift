/// The interface that the root disk hangs on stays up once the system has taken over from the initramfs, and its session
/// waits for a target that restarts. In the initramfs it is named `bootnet`; a system that runs from its own disk has no
/// such interface.
///
/// ifupdown needs nothing: it touches only what /etc/network/interfaces names. netplan's files come after ours, whether
/// systemd-networkd or NetworkManager reads them.
struct NetworkStep: InstallStep {
  let network: NetworkFacts

  let id = "network"
  var title: String { "Keep the boot network up in systems that run over iSCSI" }
  var details: [String] { files.map(\.path) + (network.usesSystemd ? [NetworkFiles.serviceLink] : []) }

  private var files: [(path: String, text: String)] {
    var files = [(NetworkFiles.rules, NetworkFiles.rulesText)]
    if network.usesSystemd { files.append((NetworkFiles.service, NetworkFiles.serviceText)) }
    if network.hasNetworkManager {
      files.append(("/etc/NetworkManager/conf.d/90-ramdisk-install.conf", NetworkFiles.networkManagerText))
    }
    if network.usesNetworkd {
      files.append(("/etc/systemd/network/00-bootnet.network", NetworkFiles.networkdText))
    }
    if network.hasWicked { files.append(("/etc/sysconfig/network/ifcfg-bootnet", NetworkFiles.wickedText)) }
    return files
  }

  func apply(_ context: StepContext) async throws {
    for file in files {
      try context.transaction.makeDirectory(Files.parent(file.path))
      try context.transaction.write(file.path, Array(file.text.utf8))
    }
    guard network.usesSystemd else { return }
    try context.transaction.makeDirectory(Files.parent(NetworkFiles.serviceLink))
    try context.transaction.link(NetworkFiles.service, at: NetworkFiles.serviceLink)
  }
}
