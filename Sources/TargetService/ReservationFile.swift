import Cryptography
import Glibc
import Linux

/// The file that keeps the persistent reservations of one unit.
///
/// Magic, version, length of the serial number, length of the record (each 4 bytes, big-endian), the serial number, the
/// record of `LogicalUnit.keepReservations`, and the SHA-256 of all that. It is replaced as a whole.
struct ReservationFile: Hashable, Sendable {
  let path: String
  /// Serial number of the unit.
  let serialNumber: String

  private static let magic = Array("RDRS".utf8)
  private static let version: UInt32 = 1
  private static let headerLength = 16
  /// More than 1024 registrations with the longest names need.
  private static let longest = 1 << 20

  /// The record on the medium; nil: nothing is kept.
  ///
  /// - Throws: where there is a file that cannot be read, or that is not whole, of this version and of this unit.
  func read() throws(ReservationFileProblem) -> [UInt8]? {
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try readFile(path, limit: Self.longest) } catch {
      if error.errno == ENOENT { return nil }
      throw ReservationFileProblem(error.description)
    }
    guard bytes.count >= Self.headerLength, bytes.starts(with: Self.magic) else {
      throw ReservationFileProblem("\(path) is damaged, or no file of reservations")
    }
    guard Self.number(bytes, at: 4) == Self.version else {
      throw ReservationFileProblem("\(path) was written by another version")
    }
    let (serial, record) = (Int(Self.number(bytes, at: 8)), Int(Self.number(bytes, at: 12)))
    let end = Self.headerLength + serial + record
    guard end + DigestAlgorithm.sha256.length == bytes.count,
      try Self.digest(bytes[..<end]) == Array(bytes[end...])
    else { throw ReservationFileProblem("\(path) is damaged") }
    let text = bytes[Self.headerLength..<Self.headerLength + serial]
    guard text.elementsEqual(serialNumber.utf8) else {
      throw ReservationFileProblem(
        "\(path) belongs to another disk (serial number \(String(decoding: text, as: UTF8.self)))")
    }
    return Array(bytes[(Self.headerLength + serial)..<end])
  }

  /// Replaces what is kept, on stable storage when it returns; nil removes it.
  ///
  /// - Throws: then a loss of power may leave the one or the other.
  func write(_ record: [UInt8]?) throws(ReservationFileProblem) {
    let bytes: [UInt8]? = if let record { try encoded(record) } else { nil }
    do throws(SystemError) {
      if let bytes {
        try replace(bytes)
      } else {
        do { try syscall("remove \(path)") { unlink(path) } } catch {
          // Gone already, but perhaps not on the medium yet.
          guard error.errno == ENOENT else { throw error }
        }
      }
      try Self.flush(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    } catch { throw ReservationFileProblem(error.description) }
  }

  private func replace(_ bytes: [UInt8]) throws(SystemError) {
    let temporary = "\(path).new"
    do {
      let file = try OwnedDescriptor(path: temporary, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
      try writeAll(file.number, bytes, to: temporary)
      try syscall("flush \(temporary)") { fsync(file.number) }
      try syscall("rename \(temporary) to \(path)") { rename(temporary, path) }
    } catch {
      unlink(temporary)
      throw error
    }
  }

  private static func flush(_ directory: String) throws(SystemError) {
    let descriptor = try OwnedDescriptor(path: directory, flags: O_RDONLY | O_DIRECTORY)
    try syscall("flush \(directory)") { fsync(descriptor.number) }
  }

  private func encoded(_ record: [UInt8]) throws(ReservationFileProblem) -> [UInt8] {
    let serial = Array(serialNumber.utf8)
    var bytes = Self.magic
    for number in [Self.version, UInt32(clamping: serial.count), UInt32(clamping: record.count)] {
      bytes += withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
    bytes += serial + record
    return bytes + (try Self.digest(bytes[...]))
  }

  private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func digest(_ bytes: ArraySlice<UInt8>) throws(ReservationFileProblem) -> [UInt8] {
    do throws(CryptographyError) {
      var digest = try Digest(.sha256)
      digest.update(bytes)
      return digest.finish()
    } catch { throw ReservationFileProblem(error.description) }
  }
}

/// Why kept reservations cannot be read, or reservations not be kept.
struct ReservationFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
