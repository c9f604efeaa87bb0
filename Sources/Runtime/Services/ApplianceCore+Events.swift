import DHCP
import NetbootHTTP
import TFTP
import TargetService

extension ApplianceCore {
  func handle(_ event: TargetEvent) {
    switch event {
    case .listening, .stopped: return
    case .loggedIn(let initiator, let address):
      tell("login: \(initiator) from \(address)")
    case .loginRefused(let initiator, let address, let reason):
      tell("login refused: \(initiator ?? "unnamed initiator") from \(address): \(reason)")
    case .loggedOut(let initiator, let address, let reason):
      tell("logout: \(initiator) from \(address): \(reason)")
      services.sessionEnded()
    case .unitFailed(let lun, let reason):
      problem("disk \(lun) failed: \(reason)")
    case .unitResized(let lun, let bytes):
      // Who reads the line finds the status like that.
      refreshStatus()
      tell("disk \(lun) has \(Screen.sizeText(bytes)) now")
    case .discExchanged(let lun, let bytes):
      refreshStatus()
      tell("disk \(lun) is another disc now, of \(Screen.sizeText(bytes))")
    case .sanitizeBegan(let lun, let initiator):
      tell("\(initiator) destroys the contents of disk \(lun)")
    case .sanitizeEnded(let lun, let succeeded):
      if succeeded {
        tell("the contents of disk \(lun) are destroyed")
      } else {
        problem("SANITIZE of disk \(lun) failed: not all of its contents are destroyed")
      }
    case .overlayFull(let lun, let initiator):
      tell("\(initiator) has used up its overlay of disk \(lun)")
    }
    hasNews = true
  }

  func handle(_ event: DHCPEvent) {
    let client = event.client.hardwareAddress.description
    if case .choseServer = event.step { settings.otherServer(event.interface) }
    note(client, "\(event)".dropPrefix("\(event.interface): "))
    tell("dhcp: \(event)")
  }

  func handle(_ event: TFTPEvent) {
    tell("tftp: \(event)")
  }

  func handle(_ event: NetbootEvent) {
    if case .listening = event { return }
    tell("http: \(event)")
  }

  /// The screen has it with the other news.
  private func tell(_ text: String) {
    console.say(text, isDrawn: false)
    hasNews = true
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
