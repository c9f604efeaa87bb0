import Glibc
import Linux

/// Who uses a block device, in words for a person.
enum MediumHolders {
  /// Mounts, swap areas and stacked devices on the device or one of its partitions.
  static func describe(_ device: dev_t) -> [String] {
    let directory = "/sys/dev/block/\(deviceNumberText(device))"
    var numbers = [deviceNumberText(device): name(of: directory)]
    var holders = stacked(on: directory)
    for entry in (try? directoryEntries(directory)) ?? [] {
      let partition = "\(directory)/\(entry)"
      guard readAttribute("\(partition)/partition") != nil, let number = readAttribute("\(partition)/dev")
      else {
        continue
      }
      numbers[number] = entry
      holders += stacked(on: partition)
    }
    let mounts = (readAttribute("/proc/self/mountinfo") ?? "").split(separator: "\n")
    for line in mounts {
      // 36 35 98:0 /root /mount/point options ...
      let fields = line.split(separator: " ")
      guard fields.count > 4, let name = numbers[String(fields[2])] else { continue }
      holders.append("\(name) is mounted at \(fields[4])")
    }
    return holders.isEmpty ? ["another program or the kernel has claimed it"] : holders
  }

  private static func name(of directory: String) -> String {
    resolvedPath(directory).flatMap { $0.split(separator: "/").last.map(String.init) } ?? directory
  }

  /// Devices made of this one: RAID, LVM, dm-crypt.
  private static func stacked(on directory: String) -> [String] {
    let holders = (try? directoryEntries("\(directory)/holders")) ?? []
    return holders.map { "\(name(of: directory)) is part of \($0)" }
  }
}
