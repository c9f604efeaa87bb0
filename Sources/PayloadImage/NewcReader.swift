/// Reads newc archives, one or several in a row with zero bytes between them, as the kernel does.
public enum NewcReader {
  /// The members of every archive in `bytes`, in their order, and how many bytes were read: what follows is another,
  /// perhaps compressed, segment.
  ///
  /// - Throws: `ArchiveError.malformed` where the bytes end early or make no sense.
  public static func read(_ bytes: [UInt8]) throws(ArchiveError) -> (entries: [ArchiveEntry], length: Int) {
    var cursor = Cursor(bytes: bytes)
    var entries: [ArchiveEntry] = []
    repeat {
      while let entry = try cursor.next() { entries.append(entry) }
      cursor.skipZeroes()
    } while cursor.isAtArchive
    return (entries, cursor.offset)
  }

  private struct Cursor {
    let bytes: [UInt8]
    var offset = 0
    /// Where the current segment starts: alignment counts from there.
    var start = 0

    var isAtArchive: Bool { bytes.dropFirst(offset).starts(with: Newc.magic.prefix(5)) }

    mutating func skipZeroes() {
      while offset < bytes.count, bytes[offset] == 0 { offset += 1 }
      start = offset
    }

    /// The next member, nil at the trailer.
    mutating func next() throws(ArchiveError) -> ArchiveEntry? {
      let header = offset
      let magic = try take(6, "header")
      guard magic.elementsEqual(Newc.magic) || magic.elementsEqual(Newc.checksumMagic) else {
        throw .malformed("no cpio header", offset: header)
      }
      var fields: [UInt32] = []
      for _ in 0..<Newc.fieldCount { fields.append(try number()) }
      guard fields[11] >= 2, fields[11] <= 4096 else {
        throw .malformed("a name of \(fields[11]) bytes", offset: header)
      }
      let name = try take(Int(fields[11]), "name")
      guard name.last == 0, let path = String(validating: name.dropLast(), as: UTF8.self),
        !path.utf8.contains(0)
      else { throw .malformed("a name that is no text", offset: header) }
      try align("name")
      let data = try take(Int(fields[6]), "content of '\(path)'")
      try align("content of '\(path)'")
      if path == Newc.trailer { return nil }
      return ArchiveEntry(
        path: path, permissions: fields[1] & 0o7777,
        content: try content(
          mode: fields[1], data: data, device: (fields[9], fields[10]), path: path, header: header))
    }

    private func content(
      mode: UInt32, data: ArraySlice<UInt8>, device: (UInt32, UInt32), path: String, header: Int
    ) throws(ArchiveError) -> ArchiveEntry.Content {
      switch mode & FileType.mask {
      case FileType.regular: return .file(Array(data))
      case FileType.directory: return .directory
      case FileType.characterDevice: return .characterDevice(major: device.0, minor: device.1)
      case FileType.symbolicLink:
        guard let target = String(validating: data, as: UTF8.self) else {
          throw .malformed("a link target that is no text", offset: header)
        }
        return .symbolicLink(target: target)
      default: throw .malformed("'\(path)' has the unexpected mode \(String(mode, radix: 8))", offset: header)
      }
    }

    private mutating func take(_ count: Int, _ what: String) throws(ArchiveError) -> ArraySlice<UInt8> {
      guard count <= bytes.count - offset else {
        throw .malformed("the end within the \(what)", offset: offset)
      }
      defer { offset += count }
      return bytes[offset..<offset + count]
    }

    private mutating func align(_ what: String) throws(ArchiveError) {
      _ = try take(-(offset - start) & 3, what)
    }

    private mutating func number() throws(ArchiveError) -> UInt32 {
      let position = offset
      var value: UInt32 = 0
      for digit in try take(8, "header") {
        guard let nibble = Character(Unicode.Scalar(digit)).hexDigitValue else {
          throw .malformed("a header field that is no hexadecimal number", offset: position)
        }
        value = value << 4 | UInt32(nibble)
      }
      return value
    }
  }
}
