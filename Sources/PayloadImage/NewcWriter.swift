/// Writes the "newc" form of cpio that the kernel unpacks (Documentation/driver-api/early-userspace/buffer-format).
extension Archive {
  /// The archive's bytes; they depend on nothing but the entries. The length is a multiple of 4, so that another
  /// segment can follow.
  ///
  /// - Throws: `ArchiveError.tooLarge`.
  public func encoded() throws(ArchiveError) -> [UInt8] {
    var bytes: [UInt8] = []
    // Numbers count up from 1 because equal ones would make the kernel take files for hard links of each other.
    for (index, entry) in entries.enumerated() {
      try Newc.append(entry, inode: UInt32(truncatingIfNeeded: index + 1), to: &bytes)
    }
    try Newc.append(
      ArchiveEntry(path: Newc.trailer, permissions: 0, content: .file([])), inode: 0, mode: 0, to: &bytes)
    return bytes
  }
}

/// The constants and the layout of a newc header: magic, then 13 numbers of 8 hexadecimal digits.
enum Newc {
  static let magic = Array("070701".utf8)
  /// The form with a checksum of the data, which the kernel accepts, too.
  static let checksumMagic = Array("070702".utf8)
  static let fieldCount = 13
  static let headerLength = 6 + fieldCount * 8
  static let trailer = "TRAILER!!!"

  static func append(
    _ entry: ArchiveEntry, inode: UInt32, mode: UInt32? = nil, to bytes: inout [UInt8]
  ) throws(ArchiveError) {
    let payload = entry.payload
    guard let size = UInt32(exactly: payload.count) else { throw .tooLarge(entry.path) }
    let name = Array(entry.path.utf8)
    var device: (major: UInt32, minor: UInt32) = (0, 0)
    if case .characterDevice(let major, let minor) = entry.content { device = (major, minor) }
    let links: UInt32 = entry.content == .directory ? 2 : 1
    let fields: [UInt32] = [
      inode, mode ?? entry.mode, 0, 0, links, 0, size, 0, 0, device.major, device.minor,
      UInt32(name.count + 1), 0,
    ]
    bytes += magic
    for field in fields { appendHexadecimal(field, to: &bytes) }
    bytes += name
    bytes.append(0)
    pad(&bytes)
    bytes += payload
    pad(&bytes)
  }

  private static func appendHexadecimal(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(28), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
    }
  }

  private static func pad(_ bytes: inout [UInt8]) {
    bytes += repeatElement(0, count: -bytes.count & 3)
  }
}
