/// What a `Range` header asks for (RFC 9110 14.1.2 and 14.2).
enum ByteRange: Equatable {
  /// No range, or one that a server may ignore: several ranges, other units, nonsense.
  case whole
  /// These bytes of the content.
  case part(Range<UInt64>)
  /// Nothing of the content: status 416.
  case unsatisfiable

  /// - Parameter size: bytes of the content.
  init(_ header: String?, size: UInt64) {
    self = .whole
    guard let header, header.lowercased().hasPrefix("bytes=") else { return }
    let range = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard range.count == 2, let first = Self.position(range[0]), let last = Self.position(range[1]) else {
      return
    }
    switch (first, last) {
    case (.none, .none):
      return
    case (.none, .some(let length)):
      self = length == 0 || size == 0 ? .unsatisfiable : .part(size - min(length, size)..<size)
    case (.some(let first), let last):
      if let last, last < first { return }
      self = first >= size ? .unsatisfiable : .part(first..<min(last ?? .max, size - 1) + 1)
    }
  }

  /// A number, none for an empty text; nil for what is no number. Numbers too large for 64 bits are the largest.
  private static func position(_ text: Substring) -> UInt64?? {
    let text = text.drop { $0 == " " }
    if text.isEmpty { return .some(nil) }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return .some(UInt64(text) ?? .max)
  }
}
