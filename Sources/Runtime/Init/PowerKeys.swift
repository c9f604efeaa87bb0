import Glibc
import Linux

/// The power buttons and power keys of the machine, as input devices come and go.
final class PowerKeys {
  private var keys: [String: PowerKey] = [:]
  private let directory: String

  init(directory: String = "/dev/input") { self.directory = directory }

  /// For `poll`, by path of the device.
  var descriptors: [(path: String, number: Int32)] { keys.map { ($0.key, $0.value.number) } }

  /// Looks for devices that were not there before.
  func refresh() {
    for name in (try? directoryEntries(directory)) ?? [] where name.hasPrefix("event") {
      let path = "\(directory)/\(name)"
      if keys[path] == nil, let key = PowerKey(path: path) { keys[path] = key }
    }
  }

  /// Whether the key of this device was pressed; a device that is gone is forgotten.
  func wasPressed(_ path: String) -> Bool {
    guard let key = keys[path] else { return false }
    do throws(SystemError) { return try key.wasPressed() } catch {
      keys[path] = nil
      return false
    }
  }
}
