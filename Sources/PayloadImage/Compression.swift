import SystemPackage

/// Compressed forms of segments and kernel modules, told by their first bytes.
enum Compression: CaseIterable {
  case zstd
  case xz
  case gzip

  init?(of bytes: [UInt8]) {
    guard let found = Self.allCases.first(where: { bytes.starts(with: $0.magic) }) else { return nil }
    self = found
  }

  private var magic: [UInt8] {
    switch self {
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    case .gzip: [0x1F, 0x8B]
    }
  }

  var tool: String {
    switch self {
    case .zstd: "zstd"
    case .xz: "xz"
    case .gzip: "gzip"
    }
  }

  /// A segment as the payload has it: zstd, because the kernel unpacks it several times as fast as xz for little
  /// more size. One thread and no file name or time in it: the same bytes each time.
  static func compress(_ segment: [UInt8]) async throws -> [UInt8] {
    var bytes = try await Tool.run(
      "zstd", ["--ultra", "-20", "--single-thread", "--no-progress", "-q", "-c"], input: segment
    ).output
    // Boot loaders and people concatenate segments, and the kernel wants each to start at a multiple of 4.
    bytes += repeatElement(0, count: -bytes.count & 3)
    return bytes
  }

  /// The content of compressed bytes; bytes of no known form are returned as they are.
  static func decompress(_ bytes: [UInt8]) async throws -> [UInt8] {
    guard let form = Compression(of: bytes) else { return bytes }
    return try await Tool.run(form.tool, ["-d", "-c", "-q"], input: bytes).output
  }

  /// The archive in a segment that `compress` made, or in one that is not compressed.
  static func decompress(segment: [UInt8]) async throws -> [UInt8] {
    let padding = segment.reversed().prefix(3).prefix { $0 == 0 }.count
    // The bytes do not tell where padding begins, and the tool takes none.
    for length in 0..<padding {
      if let archive = try? await decompress(Array(segment.dropLast(length))) { return archive }
    }
    return try await decompress(Array(segment.dropLast(padding)))
  }
}
