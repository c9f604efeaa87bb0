/// Adds sections to a PE file.
struct PEAssembly {
  /// A section to be.
  struct Part {
    /// At most 8 bytes.
    var name: String
    var content: [UInt8]
    /// Bytes in memory, at least those of the content; more are zero.
    var memory: Int
    var isCode: Bool

    init(name: String, content: [UInt8], memory: Int? = nil, isCode: Bool = false) {
      self.name = name
      self.content = content
      self.memory = memory ?? content.count
      self.isCode = isCode
    }

    /// IMAGE_SCN_MEM_READ with IMAGE_SCN_CNT_CODE or IMAGE_SCN_CNT_INITIALIZED_DATA.
    fileprivate var characteristics: Int { isCode ? 0x4000_0020 : 0x4000_0040 }
  }

  let stub: PEImage

  /// The file with `parts` behind everything that it has.
  func image(adding parts: [Part]) throws(UnifiedKernelError) -> [UInt8] {
    let fileAlignment = stub.fileAlignment
    let sectionAlignment = stub.sectionAlignment
    guard fileAlignment.isPowerOfTwo, sectionAlignment.isPowerOfTwo, fileAlignment <= 0x10000,
      sectionAlignment <= 0x100_0000
    else { throw .stub("its alignments are \(fileAlignment) and \(sectionAlignment)") }

    let shift = try roomForHeaders(parts.count, fileAlignment)
    var headers = stub
    var table: [UInt8] = []
    var offset = (contentEnd + shift).rounded(up: fileAlignment)
    var address = memoryEnd.rounded(up: sectionAlignment)
    var offsets: [Int] = []
    for part in parts {
      guard part.memory <= Int(Int32.max), address <= Int(Int32.max), offset <= Int(Int32.max) else {
        throw .tooLarge("the section \(part.name)")
      }
      offsets.append(offset)
      table += header(part, address: address, offset: offset, alignment: fileAlignment)
      offset += part.content.count.rounded(up: fileAlignment)
      address = (address + part.memory).rounded(up: sectionAlignment)
    }
    guard address <= Int(Int32.max), offset <= Int(Int32.max) else { throw .tooLarge("the image") }

    headers.set(
      sizeOfImage: address, sizeOfHeaders: stub.sizeOfHeaders + shift,
      sectionCount: stub.sections.count + parts.count)
    headers.clearDirectory(PEImage.certificateDirectory)
    if shift > 0 { headers.clearDirectory(PEImage.debugDirectory) }
    var file = Array(headers.bytes[..<tableEnd])
    correctOffsets(&file, by: shift)
    file += table
    file += repeatElement(0, count: stub.sizeOfHeaders + shift - file.count)
    file += stub.bytes[stub.sizeOfHeaders..<contentEnd]
    file.reserveCapacity(offset)
    for (part, offset) in zip(parts, offsets) {
      file += repeatElement(0, count: offset - file.count)
      file += part.content
    }
    file += repeatElement(0, count: offset - file.count)
    return file
  }

  /// End of the section headers that are there.
  private var tableEnd: Int { stub.sectionTable + stub.sections.count * PEImage.sectionHeaderSize }

  /// End of what belongs to the stub's sections in the file; a signature lies behind.
  private var contentEnd: Int {
    stub.sections.reduce(stub.sizeOfHeaders) { $1.rawSize == 0 ? $0 : max($0, $1.rawOffset + $1.rawSize) }
  }

  private var memoryEnd: Int {
    stub.sections.reduce(stub.sizeOfImage) { max($0, $1.virtualAddress + max($1.virtualSize, $1.rawSize)) }
  }

  /// By how many bytes the content has to move towards the end of the file, so that `count` more headers fit.
  private func roomForHeaders(_ count: Int, _ alignment: Int) throws(UnifiedKernelError) -> Int {
    let needed = tableEnd + count * PEImage.sectionHeaderSize
    guard tableEnd <= stub.sizeOfHeaders, stub.sizeOfHeaders <= stub.bytes.count,
      stub.sections.allSatisfy({ $0.rawSize == 0 || $0.rawOffset >= stub.sizeOfHeaders })
    else { throw .stub("its headers overlap its content") }
    guard needed > stub.sizeOfHeaders else { return 0 }
    let grown = needed.rounded(up: alignment)
    let first = stub.sections.map(\.virtualAddress).min() ?? 0
    guard grown <= first else { throw .stub("its headers leave no room for more sections") }
    return (grown - stub.sizeOfHeaders).rounded(up: alignment)
  }

  /// Corrects the offsets in the section headers that are there.
  private func correctOffsets(_ file: inout [UInt8], by shift: Int) {
    guard shift > 0 else { return }
    for (index, section) in stub.sections.enumerated() where section.rawSize > 0 {
      let at = stub.sectionTable + index * PEImage.sectionHeaderSize + 20
      file.replaceSubrange(at..<at + 4, with: littleEndian(section.rawOffset + shift, width: 4))
    }
  }

  private func header(_ part: Part, address: Int, offset: Int, alignment: Int) -> [UInt8] {
    let name = Array(part.name.utf8.prefix(8))
    var bytes = name + [UInt8](repeating: 0, count: 8 - name.count)
    for value in [part.memory, address, part.content.count.rounded(up: alignment), offset, 0, 0, 0] {
      bytes += littleEndian(value, width: 4)
    }
    // The numbers of relocations and line numbers, 2 bytes each, were the last of these zeros.
    return bytes + littleEndian(part.characteristics, width: 4)
  }
}

extension Int {
  fileprivate var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }

  /// The next multiple of `alignment`, a power of two.
  fileprivate func rounded(up alignment: Int) -> Int { (self + alignment - 1) & ~(alignment - 1) }
}
