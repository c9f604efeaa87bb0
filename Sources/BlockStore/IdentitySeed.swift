import Glibc
import Linux

/// The text that a store's identity is made from when the caller gives none.
enum IdentitySeed {
  /// A disk's own World Wide Name or serial number (with the partition's number), or else the machine and the path.
  static func of(_ medium: Medium, path: String) -> String {
    if medium.kind == .blockDevice {
      let directory = "/sys/dev/block/\(deviceNumberText(medium.device))"
      let partition = readAttribute("\(directory)/partition") ?? "0"
      for name in ["wwid", "device/wwid", "serial", "device/serial"] {
        for place in [directory, "\(directory)/.."] {
          if let value = readAttribute("\(place)/\(name)"), !value.isEmpty {
            return "disk:\(value):\(partition)"
          }
        }
      }
    }
    let machine =
      readAttribute("/etc/machine-id") ?? readAttribute("/sys/class/dmi/id/product_uuid") ?? "unknown"
    return "path:\(machine):\(resolvedPath(path) ?? path)"
  }
}
