/// The RAM of this machine, in bytes.
public struct SystemMemory: Codable, Hashable, Sendable {
  /// What the kernel manages: less than is built in by what firmware and kernel keep.
  public var total: UInt64
  /// What is taken and cannot be had back: not free, and no cache of files that are on a disk.
  public var used: UInt64
  /// What programs can still get without any being stopped; less than the rest, because the kernel keeps a reserve.
  public var available: UInt64

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
    guard let total = bytes("MemTotal:"), let free = bytes("MemFree:"),
      let available = bytes("MemAvailable:"),
      let cached = bytes("Cached:"), let shared = bytes("Shmem:"), let buffers = bytes("Buffers:"),
      let slab = bytes("SReclaimable:")
    else { return nil }
    self.total = total
    self.available = available
    // Files in RAM are counted as a cache, too, but are nowhere else.
    let reclaimable = buffers &+ slab &+ (cached > shared ? cached - shared : 0)
    let spare = free &+ reclaimable
    used = total > spare ? total - spare : 0
  }
}
