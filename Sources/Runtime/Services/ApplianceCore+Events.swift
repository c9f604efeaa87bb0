import DHCP
import NetbootHTTP
import TFTP
import TargetService

extension ApplianceCore {
  func handle(_ event: TargetEvent) {
    switch event {
    case .listening, .stopped: return
    case .loggedIn(let initiator, let address):
      console.say("login: \(initiator) from \(address)")
    case .loginRefused(let initiator, let address, let reason):
      console.say("login refused: \(initiator ?? "unnamed initiator") from \(address): \(reason)")
    case .loggedOut(let initiator, let address, let reason):
      console.say("logout: \(initiator) from \(address): \(reason)")
      services.sessionEnded()
    case .unitFailed(let lun, let reason):
      problem("disk \(lun) failed: \(reason)")
    case .unitResized(let lun, let bytes):
      console.say("disk \(lun) has \(Screen.sizeText(bytes)) now")
    case .overlayFull(let lun, let initiator):
      console.say("\(initiator) has used up its overlay of disk \(lun)")
    }
    refreshStatus()
  }

  func handle(_ event: DHCPEvent) {
    let client = event.client.hardwareAddress.description
    if case .choseServer = event.step { settings.otherServer(event.interface) }
    note(client, "\(event)".dropPrefix("\(event.interface): "))
    console.say("dhcp: \(event)")
    refreshStatus()
  }

  func handle(_ event: TFTPEvent) {
    console.say("tftp: \(event)")
    refreshStatus()
  }

  func handle(_ event: NetbootEvent) {
    if case .listening = event { return }
    console.say("http: \(event)")
    refreshStatus()
  }

  /// Keeps what was last heard of a client, for the screen.
  private func note(_ client: String, _ text: String) {
    status.netbootClients.removeAll { $0.hardwareAddress == client }
    status.netbootClients.append(RuntimeStatus.NetbootClient(hardwareAddress: client, last: text))
    if status.netbootClients.count > 64 { status.netbootClients.removeFirst() }
  }
}

extension String {
  fileprivate func dropPrefix(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
