import Glibc
import Linux
import Testing

@testable import BlockStore

/// What an overlay must read as: for each sector of 512 bytes which write it shows, and which it may show after a crash.
struct OverlayModel {
  /// 0: the base. -1: zeros. Others number the writes.
  private(set) var version: [Int]
  /// Versions that a sector had since the last flush, and at it.
  private(set) var candidates: [Set<Int>]
  private var writes = 0

  init(sectors: Int) {
    version = Array(repeating: 0, count: sectors)
    candidates = Array(repeating: [0], count: sectors)
  }

  static func content(_ version: Int, _ sector: Int) -> [UInt8] {
    if version == -1 { return Array(repeating: 0, count: 512) }
    var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: version &* 31 &+ sector) | 1, count: 512)
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: UInt64(version), toByteOffset: 8, as: UInt64.self)
      $0.storeBytes(of: UInt64(sector), toByteOffset: 496, as: UInt64.self)
    }
    return bytes
  }

  static func base(sectors: Int) -> [UInt8] { (0..<sectors).flatMap { content(0, $0) } }

  /// Notes a write and returns its data.
  mutating func write(_ sectors: Range<Int>) -> [UInt8] {
    writes += 1
    note(sectors, writes)
    return sectors.flatMap { Self.content(writes, $0) }
  }

  mutating func zero(_ sectors: Range<Int>) { note(sectors, -1) }

  private mutating func note(_ sectors: Range<Int>, _ version: Int) {
    for sector in sectors {
      self.version[sector] = version
      candidates[sector].insert(version)
    }
  }

  mutating func flushed() { for sector in version.indices { candidates[sector] = [version[sector]] } }

  func expected(_ sectors: Range<Int>) -> [UInt8] { sectors.flatMap { Self.content(version[$0], $0) } }

  /// Takes what was found after a crash as what there is now.
  mutating func recover(_ bytes: [UInt8]) throws {
    for sector in version.indices {
      let match = candidates[sector].first { candidate in
        bytes.withUnsafeBytes { memcmp($0.baseAddress! + sector * 512, Self.content(candidate, sector), 512) }
          == 0
      }
      version[sector] = try #require(match, "sector \(sector) is none of \(candidates[sector])")
    }
    flushed()
  }
}

/// A file with the content of `OverlayModel.base`, and overlays over it.
final class OverlayBench {
  static let sectors = 1501
  let scratch: Scratch
  let base: BlockStore
  var random: SeededRandom

  init(seed: UInt64, sectors: Int = OverlayBench.sectors) throws {
    scratch = try Scratch()
    random = SeededRandom(seed: seed)
    let path = "\(scratch.path)/base"
    try writeFile(path, OverlayModel.base(sectors: sectors))
    base = try BlockStore.open(path: path, options: BlockStoreOptions(mode: .overlay, identitySeed: "base"))
  }

  func range(longest: Int = 80) -> Range<Int> {
    let start = Int.random(in: 0..<OverlayBench.sectors, using: &random)
    return start..<min(OverlayBench.sectors, start + Int.random(in: 1...longest, using: &random))
  }

  func persistent(limit: UInt64 = .max) -> OverlaySet {
    OverlaySet(
      base: base, lun: 0,
      options: OverlayOptions(place: .directory(scratch.path), lifetime: .always, limit: limit))
  }
}

struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension Overlay {
  func bytes(_ sectors: Range<Int>) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: sectors.count * 512)
    try bytes.withUnsafeMutableBytes { try read(into: $0, at: UInt64(sectors.lowerBound) * 512) }
    return bytes
  }

  func put(_ bytes: [UInt8], at sector: Int) throws {
    try bytes.withUnsafeBytes { try write($0, at: UInt64(sector) * 512) }
  }

  func zero(_ sectors: Range<Int>) throws {
    try zero(offset: UInt64(sectors.lowerBound) * 512, length: UInt64(sectors.count) * 512)
  }
}
