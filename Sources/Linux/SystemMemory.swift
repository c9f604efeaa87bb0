/// The RAM of this machine, in bytes.
public struct SystemMemory: Codable, Hashable, Sendable {
  /// What the kernel manages: less than is built in by what firmware and kernel keep.
  public var total: UInt64
  /// What can still be used without taking anything away from what runs.
  public var available: UInt64

  public var used: UInt64 { total > available ? total - available : 0 }

  public init(total: UInt64, available: UInt64) {
    self.total = total
    self.available = available
  }

  /// As it is now; nil without /proc.
  public static var current: SystemMemory? {
    readAttribute("/proc/meminfo").flatMap(SystemMemory.init(meminfo:))
  }

  /// Reads the text of /proc/meminfo (proc_meminfo(5)); nil where a line is missing.
  public init?(meminfo text: String) {
    func bytes(_ name: String) -> UInt64? {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ UInt64($0) }) else {
        return nil
      }
      let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : bytes
    }
    guard let total = bytes("MemTotal:"), let available = bytes("MemAvailable:") else { return nil }
    self.init(total: total, available: available)
  }
}
