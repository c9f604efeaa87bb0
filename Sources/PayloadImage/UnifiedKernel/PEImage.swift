/// The headers of a PE32+ file, as far as sections can be added to it (Microsoft PE format; UEFI 2.10 §2.1.1).
struct PEImage {
  /// What the loader puts where.
  struct Section: Hashable {
    var name: String
    var virtualAddress: Int
    var virtualSize: Int
    var rawOffset: Int
    var rawSize: Int
  }

  static let sectionHeaderSize = 40
  /// Distances from the optional header's start, PE32+.
  private enum Field {
    static let magic = 0
    static let sectionAlignment = 32
    static let fileAlignment = 36
    static let sizeOfImage = 56
    static let sizeOfHeaders = 60
    static let checksum = 64
    static let directoryCount = 108
    static let directories = 112
  }
  /// Numbers of data directories that hold offsets in the file instead of addresses.
  static let certificateDirectory = 4
  static let debugDirectory = 6

  private(set) var bytes: [UInt8]
  /// Offset of the signature `PE\0\0`.
  let signature: Int
  let optionalHeader: Int
  let sectionTable: Int
  let sections: [Section]

  /// Reads the headers; every offset in them is checked against the file.
  ///
  /// - Returns: nil for what is no PE32+ file.
  init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: Array("MZ".utf8)), let header = bytes.integer(at: 0x3C, width: 4),
      bytes.count >= 24, header <= bytes.count - 24,
      bytes[header..<header + 4].elementsEqual(Array("PE\0\0".utf8)),
      let count = bytes.integer(at: header + 6, width: 2),
      let optionalSize = bytes.integer(at: header + 20, width: 2), optionalSize >= Field.directories,
      bytes.integer(at: header + 24 + Field.magic, width: 2) == 0x20B,
      bytes.count >= header + 24 + optionalSize + count * Self.sectionHeaderSize
    else { return nil }
    self.bytes = bytes
    signature = header
    optionalHeader = header + 24
    sectionTable = header + 24 + optionalSize
    var sections: [Section] = []
    for index in 0..<count {
      let at = sectionTable + index * Self.sectionHeaderSize
      guard let virtualSize = bytes.integer(at: at + 8, width: 4),
        let address = bytes.integer(at: at + 12, width: 4),
        let rawSize = bytes.integer(at: at + 16, width: 4),
        let offset = bytes.integer(at: at + 20, width: 4),
        rawSize == 0 || offset + rawSize <= bytes.count
      else { return nil }
      let name = String(decoding: bytes[at..<at + 8].prefix { $0 != 0 }, as: UTF8.self)
      sections.append(
        Section(
          name: name, virtualAddress: address, virtualSize: virtualSize, rawOffset: offset, rawSize: rawSize))
    }
    self.sections = sections
  }

  /// Processor, as the COFF header numbers them: 0x8664 is x86-64.
  var machine: Int { number(signature + 4, 2) }
  /// Multiple of which every section's address is, in memory.
  var sectionAlignment: Int { number(optionalHeader + Field.sectionAlignment, 4) }
  /// Multiple of which every section's offset is, in the file.
  var fileAlignment: Int { number(optionalHeader + Field.fileAlignment, 4) }
  /// Bytes that the loaded program takes.
  var sizeOfImage: Int { number(optionalHeader + Field.sizeOfImage, 4) }
  /// Bytes in front of the first section's content.
  var sizeOfHeaders: Int { number(optionalHeader + Field.sizeOfHeaders, 4) }

  mutating func set(sizeOfImage: Int, sizeOfHeaders: Int, sectionCount: Int) {
    store(sizeOfImage, optionalHeader + Field.sizeOfImage, 4)
    store(sizeOfHeaders, optionalHeader + Field.sizeOfHeaders, 4)
    store(sectionCount, signature + 6, 2)
    // Symbols are for debuggers, the checksum is for Windows' drivers: neither is true of the new file.
    store(0, signature + 8, 4)
    store(0, signature + 12, 4)
    store(0, optionalHeader + Field.checksum, 4)
  }

  /// Makes a data directory empty; one that is not there stays so.
  mutating func clearDirectory(_ index: Int) {
    guard index < number(optionalHeader + Field.directoryCount, 4) else { return }
    let at = optionalHeader + Field.directories + index * 8
    guard at + 8 <= sectionTable else { return }
    store(0, at, 8)
  }

  private func number(_ offset: Int, _ width: Int) -> Int { bytes.integer(at: offset, width: width) ?? 0 }

  private mutating func store(_ value: Int, _ offset: Int, _ width: Int) {
    bytes.replaceSubrange(offset..<offset + width, with: littleEndian(value, width: width))
  }
}

extension [UInt8] {
  /// A little-endian number of `width` bytes, at most 4; nil beyond the end.
  func integer(at offset: Int, width: Int) -> Int? {
    guard offset >= 0, count >= width, offset <= count - width else { return nil }
    return self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

/// The lowest `width` bytes of a number, the lowest first.
func littleEndian(_ value: Int, width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}
