/// The one screen of the target: who it is, what it shares, who is there, what happened last.
enum Screen {
  /// Lines of at most `columns - 1` characters, at most `rows` of them.
  static func lines(_ status: RuntimeStatus?, recent: [String], columns: Int, rows: Int) -> [String] {
    let width = max(20, columns - 1)
    var lines = [title(status), String(repeating: "=", count: width)]
    if let status {
      lines += addresses(status) + disks(status) + people(status)
      lines += status.problems.map { "! \($0)" }
    }
    lines.append(String(repeating: "-", count: width))
    let room = max(0, rows - lines.count)
    lines += recent.suffix(room)
    return lines.prefix(rows).map { $0.count > width ? $0.prefix(width - 3) + "..." : $0 }
  }

  private static func title(_ status: RuntimeStatus?) -> String {
    let state =
      switch status?.phase {
      case nil, .starting: "starting"
      case .ready: "ready: start the other machine from the network"
      case .stopping: "stopping"
      }
    return "iSCSI Target Ramdisk - \(state)"
  }

  private static func addresses(_ status: RuntimeStatus) -> [String] {
    var lines: [String] = []
    if !status.iqn.isEmpty { lines.append("Target    \(status.iqn)") }
    for interface in status.interfaces {
      let place = interface.address.map { "\($0) port \(status.port), DHCP \(interface.dhcp ?? "off")" }
      let waiting =
        interface.hasLink ? "asking for an address" : "no link: is the cable plugged in at both ends?"
      lines.append("Network   \(interface.name): \(place ?? waiting)")
    }
    if status.interfaces.isEmpty { lines.append("Network   no wired network interface found") }
    if let url = status.url { lines.append("Menu      \(url)") }
    return lines
  }

  private static func disks(_ status: RuntimeStatus) -> [String] {
    status.disks.map { disk in
      var text = "Disk \(disk.lun)    \(disk.path ?? disk.identity), \(modeText(disk.mode))"
      if let size = disk.size { text += ", \(sizeText(size))" }
      if let model = disk.model { text += ", \(model)" }
      switch disk.state {
      case .serving: break
      case .waiting: text += ": waiting for it to be attached"
      case .failed: text += ": not served: \(disk.problem ?? "unknown")"
      }
      return text
    }
  }

  private static func people(_ status: RuntimeStatus) -> [String] {
    let sessions = status.sessions.map { "Connected \($0.initiator) from \($0.address)" }
    let clients = status.netbootClients.suffix(4).map { "Netboot   \($0.hardwareAddress) \($0.last)" }
    return (sessions.isEmpty ? ["Connected nobody"] : sessions) + clients
  }

  private static func modeText(_ mode: String) -> String {
    switch mode {
    case "rw": "read and write"
    case "ro": "read only"
    case "overlay": "each machine writes to a layer of its own"
    default: mode
    }
  }

  /// `1 disk`, `2 disks`.
  static func countText(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// `1.0 TB`, as disks are labelled.
  static func sizeText(_ bytes: UInt64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let tenths = Int((value * 10).rounded())
    return unit == 0 || tenths >= 1000
      ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
