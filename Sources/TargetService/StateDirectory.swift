import Glibc
import Linux
import SCSI

/// The directory where something of units outlives the process: for each a file of its persistent reservations, and one of
/// its sanitize operation, as long as there are any.
struct StateDirectory: Sendable {
  let path: String

  /// Makes the directory if need be.
  ///
  /// - Returns: nil for one in memory, which outlives nothing.
  /// - Throws: `SystemError` where it cannot be made, or nothing be written to it.
  static func open(_ path: String) throws(SystemError) -> StateDirectory? {
    try makeDirectories(path, mode: 0o700)
    if memoryFileSystems.contains(try fileSystemType(of: path)) { return nil }
    try syscall("write to the directory \(path)") { access(path, W_OK | X_OK) }
    return StateDirectory(path: path)
  }

  /// tmpfs and ramfs (linux/magic.h).
  private static let memoryFileSystems: Set<Int> = [0x0102_1994, 0x8584_58F6]

  /// A file of a unit, whether it exists or not.
  func file(of identity: LogicalUnitIdentity, _ kind: UnitRecordFile.Kind = .reservations) -> UnitRecordFile {
    let digits = String(identity.naa, radix: 16)
    let name = String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    return UnitRecordFile(
      path: "\(path)/naa.\(name).\(kind)", serialNumber: identity.serialNumber, kind: kind)
  }
}
