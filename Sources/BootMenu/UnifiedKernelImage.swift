import Linux

/// The parts of a unified kernel image: a PE file whose sections are a kernel, an initial RAM disk, a command line
/// and an os-release (UAPI.5).
struct UnifiedKernelImage {
  struct Part: Hashable {
    let offset: UInt64
    let size: UInt64
  }

  private let sections: [String: Part]

  var kernel: Part? { sections[".linux"] }
  var initrds: [Part] { [".ucode", ".initrd"].compactMap { sections[$0] }.filter { $0.size > 0 } }
  subscript(name: String) -> Part? { sections[name] }

  /// Reads the section table. Microsoft PE format: the offset of the PE header at 0x3C; COFF header of 20 bytes;
  /// section headers of 40.
  ///
  /// - Parameters:
  ///   - size: bytes in the file; sections that reach beyond are left out.
  ///   - read: the bytes at an offset, as many as there are of the wanted ones.
  /// - Returns: nil for what is not a PE file.
  init?(size: UInt64, read: (UInt64, Int) -> [UInt8]) {
    let start = read(0, 64)
    guard start.starts(with: Array("MZ".utf8)), let header = integer(UInt32.self, in: start, at: 0x3C) else {
      return nil
    }
    let coff = read(UInt64(header), 24)
    guard coff.starts(with: Array("PE\0\0".utf8)), let count = integer(UInt16.self, in: coff, at: 6),
      let optionalSize = integer(UInt16.self, in: coff, at: 20), count <= 256
    else { return nil }
    let table = read(UInt64(header) + 24 + UInt64(optionalSize), Int(count) * 40)
    var sections: [String: Part] = [:]
    for index in 0..<Int(count) {
      let at = index * 40
      guard let virtualSize = integer(UInt32.self, in: table, at: at + 8),
        let rawSize = integer(UInt32.self, in: table, at: at + 16),
        let offset = integer(UInt32.self, in: table, at: at + 20)
      else { break }
      let name = String(decoding: table[at..<at + 8].prefix { $0 != 0 }, as: UTF8.self)
      // The raw size is padded, the virtual size is the content's; some tools leave it 0.
      let length = UInt64(virtualSize == 0 ? rawSize : min(virtualSize, rawSize))
      guard UInt64(offset) + length <= size, sections[name] == nil else { continue }
      sections[name] = Part(offset: UInt64(offset), size: length)
    }
    self.sections = sections
  }

  /// The `KEY=VALUE` lines of an os-release, without quotes.
  static func osRelease(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let equals = line.firstIndex(of: "=") else { continue }
      var value = line[line.index(after: equals)...].trimmed
      if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
        value = value.dropFirst().dropLast()
      }
      values[String(line[..<equals])] = String(value)
    }
    return values
  }
}

/// A little-endian number; nil beyond the end of the bytes.
private func integer<Number: FixedWidthInteger>(_: Number.Type, in bytes: [UInt8], at offset: Int) -> Number?
{
  let length = MemoryLayout<Number>.size
  guard offset >= 0, bytes.count >= length, offset <= bytes.count - length else { return nil }
  return bytes[offset..<offset + length].reversed().reduce(0) { $0 << 8 | Number($1) }
}
