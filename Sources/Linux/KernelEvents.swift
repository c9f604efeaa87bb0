import CLinux
import Glibc

/// A uevent: the kernel's news about one of its objects.
public struct KernelEvent: Hashable, Sendable {
  /// `add`, `remove`, `change`, `bind`, ...
  public var action: String
  /// Path below /sys.
  public var devicePath: String
  public var subsystem: String
  /// All `KEY=value` pairs: MODALIAS, DEVNAME, DEVTYPE, ...
  public var properties: [String: String]

  /// Decodes `action@path` and NUL-separated pairs; nil for anything else, such as udev's own messages.
  public init?(_ bytes: [UInt8]) {
    let fields = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    guard let header = fields.first, let at = header.firstIndex(of: "@"), at != header.startIndex else {
      return nil
    }
    action = String(header[..<at])
    devicePath = String(header[header.index(after: at)...])
    guard devicePath.hasPrefix("/") else { return nil }
    properties = [:]
    for field in fields.dropFirst() {
      guard let equals = field.firstIndex(of: "=") else { continue }
      properties[String(field[..<equals])] = String(field[field.index(after: equals)...])
    }
    subsystem = properties["SUBSYSTEM"] ?? ""
  }
}

/// The kernel's uevents as they happen.
public struct KernelEventSocket: ~Copyable, Sendable {
  private let socket: OwnedDescriptor

  public init() throws(SystemError) {
    socket = OwnedDescriptor(
      owning: try syscall("watch devices") { clinux_netlink_open(NETLINK_KOBJECT_UEVENT, 1) })
  }

  /// For `poll`.
  public var number: Int32 { socket.number }

  /// What waits. `isComplete` is false if the kernel had to drop some: look at /sys anew.
  public func receive() -> (events: [KernelEvent], isComplete: Bool) {
    var events: [KernelEvent] = []
    var isComplete = true
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let descriptor = socket.number
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        if let event = KernelEvent(Array(buffer[..<count])) { events.append(event) }
      } else if count < 0 && errno == ENOBUFS {
        isComplete = false
      } else if count == 0 || errno != EINTR {
        return (events, isComplete)
      }
    }
  }
}
