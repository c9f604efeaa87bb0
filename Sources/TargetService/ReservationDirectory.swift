import Glibc
import Linux
import SCSI

/// The directory where persistent reservations outlive the process: a file for each unit that has any to keep.
struct ReservationDirectory: Sendable {
  let path: String

  /// Makes the directory if need be.
  ///
  /// - Returns: nil for one in memory, which outlives nothing.
  /// - Throws: `SystemError` where it cannot be made, or nothing be written to it.
  static func open(_ path: String) throws(SystemError) -> ReservationDirectory? {
    try makeDirectories(path, mode: 0o700)
    if memoryFileSystems.contains(try fileSystemType(of: path)) { return nil }
    try syscall("write to the directory \(path)") { access(path, W_OK | X_OK) }
    return ReservationDirectory(path: path)
  }

  /// tmpfs and ramfs (linux/magic.h).
  private static let memoryFileSystems: Set<Int> = [0x0102_1994, 0x8584_58F6]

  /// The file of a unit, whether it exists or not.
  func file(of identity: LogicalUnitIdentity) -> ReservationFile {
    let digits = String(identity.naa, radix: 16)
    let name = String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    return ReservationFile(path: "\(path)/naa.\(name).reservations", serialNumber: identity.serialNumber)
  }
}
