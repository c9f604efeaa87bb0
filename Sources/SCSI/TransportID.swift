/// TransportIDs of iSCSI initiator ports: format 01b, name and ISID (SPC-4 7.6.4.6).
extension InitiatorPort {
  /// The port as a TransportID.
  var transportID: [UInt8] {
    let digits = String(isid, radix: 16)
    let isidText = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    var text = Array("\(name),i,0x\(isidText)".utf8.prefix(250)) + [0]
    while text.count % 4 != 0 || text.count < 20 { text.append(0) }
    return [0x45, 0x00, 0x00, UInt8(truncatingIfNeeded: text.count)] + text
  }

  /// Reads the TransportID at `offset`.
  ///
  /// - Returns: the port and the length of its TransportID; nil for other protocols and formats, and for nonsense.
  static func read(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> (port: InitiatorPort, length: Int)? {
    guard offset >= 0, offset + 4 <= bytes.count, bytes[offset] == 0x45,
      let additional = bytes.bigEndian(UInt16.self, at: offset + 2)
    else { return nil }
    let length = 4 + Int(additional)
    guard additional >= 20, additional % 4 == 0, offset + length <= bytes.count else { return nil }
    let text = bytes[(offset + 4)..<(offset + length)].prefix { $0 != 0 }
    guard text.count < Int(additional), let port = InitiatorPort(text: Array(text)) else { return nil }
    return (port, length)
  }

  /// `name,i,0xISID`
  private init?(text: [UInt8]) {
    let parts = String(decoding: text, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, !parts[0].isEmpty, parts[0].utf8.count <= 223, parts[1] == "i",
      parts[2].hasPrefix("0x") || parts[2].hasPrefix("0X"), parts[2].utf8.count <= 14,
      let isid = UInt64(parts[2].dropFirst(2), radix: 16)
    else { return nil }
    self.init(name: parts[0].lowercased(), isid: isid)
  }
}
