import Glibc
import Linux

/// The directory of one block device under /sys.
struct SysfsBlock {
  private let root: String
  private let name: String
  private let directory: String

  init(root: String, name: String) {
    self.root = root
    self.name = name
    directory = "\(root)/sys/class/block/\(name)"
  }

  init?(root: String, deviceNumber: dev_t) {
    guard let path = resolvedPath("\(root)/sys/dev/block/\(deviceNumberText(deviceNumber))"),
      let name = path.split(separator: "/").last
    else { return nil }
    self.init(root: root, name: String(name))
  }

  /// What the kernel knows; nil for a device without a medium (an unused loop device, an empty card reader).
  func info() -> BlockDeviceInfo? {
    guard let sectors = attribute("size").flatMap({ UInt64($0) }), sectors > 0 else { return nil }
    let number = attribute("partition").flatMap { Int($0) }
    // The node's name has `/` where the kernel's has `!`: cciss!c0d0.
    let node = String(name.map { $0 == "!" ? "/" : $0 })
    var info = BlockDeviceInfo(
      name: name, path: "\(root)/dev/\(node)", kind: kind(isPartition: number != nil),
      size: sectors.multipliedClamping(by: 512))
    info.partitionNumber = number
    info.deviceNumber = attribute("dev") ?? ""
    info.isReadOnly = attribute("ro") == "1"
    info.lowerDevices = (try? directoryEntries("\(directory)/slaves")) ?? []
    info.holders = (try? directoryEntries("\(directory)/holders")) ?? []
    guard number == nil else {
      info.parent = parent
      info.logicalBlockSize = attribute("../queue/logical_block_size").flatMap { Int($0) } ?? 512
      return info
    }
    info.logicalBlockSize = attribute("queue/logical_block_size").flatMap { Int($0) } ?? 512
    info.isRemovable = attribute("removable") == "1"
    info.vendor = value("device/vendor").flatMap { $0.hasPrefix("0x") ? nil : $0 }
    info.model = value("device/model") ?? value("device/name")
    info.serial = value("serial") ?? value("device/serial") ?? unitSerialNumber
    info.wwn = (value("wwid") ?? value("device/wwid")).flatMap { $0.hasPrefix("t10.") ? nil : $0 }
    return info
  }

  private func attribute(_ file: String) -> String? {
    // Through the real directory: `..` of the link in class/block would be class/block.
    readAttribute("\(resolvedPath(directory) ?? directory)/\(file)")
  }

  private func value(_ file: String) -> String? {
    attribute(file).flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The directory of a partition lies in that of its disk.
  private var parent: String? {
    guard let parts = resolvedPath(directory)?.split(separator: "/"), parts.count > 1 else { return nil }
    return String(parts[parts.count - 2])
  }

  /// Unit Serial Number VPD page (SPC-4 7.8.17), which is how SCSI and ATA disks tell it.
  private var unitSerialNumber: String? {
    guard let real = resolvedPath(directory),
      let page = try? readFile("\(real)/device/vpd_pg80", limit: 260), page.count > 4, page[1] == 0x80
    else { return nil }
    let length = min(Int(page[2]) << 8 | Int(page[3]), page.count - 4)
    let text = String(decoding: page[4..<(4 + length)].filter { $0 > 0x20 && $0 < 0x7f }, as: UTF8.self)
    return text.isEmpty ? nil : text
  }

  private func kind(isPartition: Bool) -> BlockDeviceInfo.Kind {
    if isPartition { return .partition }
    let prefixes: [(String, BlockDeviceInfo.Kind)] = [
      ("dm-", .deviceMapper), ("md", .raid), ("loop", .loop), ("sr", .optical), ("ram", .ram), ("zram", .ram),
    ]
    return prefixes.first { name.hasPrefix($0.0) }?.1 ?? .disk
  }
}
