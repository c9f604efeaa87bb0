/// Registrations and reservation as a record that is kept over a restart. All numbers are big-endian.
///
/// TYPE of the reservation or 0, its holder's index among the registrations; their number; for each its key, whether
/// ALL_TG_PT was set, and its port as a TransportID. PRGENERATION is not kept.
extension PersistentReservations {
  var record: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.headerLength)
    let holder = reservation.flatMap { held in registrations.firstIndex { $0.port == held.holder } }
    bytes[0] = reservation?.type.rawValue ?? 0
    bytes.put(UInt16(truncatingIfNeeded: holder ?? 0), at: 2)
    bytes.put(UInt32(truncatingIfNeeded: registrations.count), at: 4)
    for registration in registrations {
      var entry = [UInt8](repeating: 0, count: Self.entryLength)
      entry.put(registration.key, at: 0)
      entry[8] = registration.allTargetPorts ? 1 : 0
      bytes += entry + registration.port.transportID
    }
    return bytes
  }

  /// Reads what `record` made.
  ///
  /// - Returns: nil for what it cannot have made.
  init?(record: [UInt8]) {
    self.init()
    isKept = true
    let isComplete = record.withUnsafeBytes { bytes in
      guard let count = bytes.bigEndian(UInt32.self, at: 4), count > 0, count <= Self.limit else {
        return false
      }
      var offset = Self.headerLength
      for _ in 0..<count {
        guard let key = bytes.bigEndian(UInt64.self, at: offset), key != 0,
          let (port, length) = InitiatorPort.read(bytes, at: offset + Self.entryLength),
          self.key(of: port) == nil
        else { return false }
        registrations.append(
          Registration(port: port, key: key, allTargetPorts: bytes[offset + 8] != 0))
        offset += Self.entryLength + length
      }
      return offset == bytes.count && readReservation(bytes)
    }
    if !isComplete { return nil }
  }

  private mutating func readReservation(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if bytes[0] == 0 { return true }
    guard let type = Kind(rawValue: bytes[0]), let index = bytes.bigEndian(UInt16.self, at: 2),
      registrations.indices.contains(Int(index))
    else { return false }
    reservation = Reservation(holder: registrations[Int(index)].port, type: type)
    return true
  }

  private static let headerLength = 8
  private static let entryLength = 12
}

extension [UInt8] {
  fileprivate mutating func put<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
    for index in 0..<MemoryLayout<Value>.size {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> Value(Value.bitWidth - 8 - 8 * index))
    }
  }
}
