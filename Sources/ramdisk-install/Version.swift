import HostInstall

enum Version {
  static let text = Installer.version
}
