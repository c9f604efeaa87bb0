import Glibc
import Linux

/// Which interfaces the site wants used: one by name or MAC address, or every wired one.
public struct InterfaceChoice: Hashable, Sendable {
  private let setting: String

  /// - Parameter setting: `network.interface` of the site.
  public init(_ setting: String) { self.setting = setting }

  public func includes(_ link: NetworkLink) -> Bool {
    switch setting.lowercased() {
    case "auto": isWired(link)
    case link.name.lowercased(), link.hardwareAddressText: true
    default: false
    }
  }

  /// An Ethernet device of real (or emulated) hardware, without a radio.
  private func isWired(_ link: NetworkLink) -> Bool {
    let directory = "/sys/class/net/\(link.name)"
    return link.hardwareType == 1 && !link.isLoopback && access("\(directory)/device", F_OK) == 0
      && access("\(directory)/wireless", F_OK) != 0 && access("\(directory)/phy80211", F_OK) != 0
  }
}
