import Subprocess
import Testing

@testable import PayloadImage

@Suite struct NewcTests {
  static let sample: [ArchiveEntry] = [
    .link("bin/sh", to: "busybox"),
    ArchiveEntry(path: "dev/console", permissions: 0o600, content: .characterDevice(major: 5, minor: 1)),
    .file("etc/secret", permissions: 0o600, Array("xyz\n".utf8)),
    .file("init", permissions: 0o755, [UInt8](0...255)),
    .directory("tmp", permissions: 0o1777),
  ]

  @Test func readsWhatItWrote() throws {
    let archive = try Archive(Self.sample)
    let bytes = try archive.encoded()
    #expect(bytes.count.isMultiple(of: 4))
    let read = try NewcReader.read(bytes)
    #expect(read.entries == archive.entries)
    #expect(read.length == bytes.count)
  }

  @Test func layoutOfAMember() throws {
    let bytes = try Archive([.file("ab", permissions: 0o640, [7])]).encoded()
    let header =
      "070701" + "00000001" + "000081A0" + "00000000" + "00000000" + "00000001" + "00000000" + "00000001"
      + "00000000" + "00000000" + "00000000" + "00000000" + "00000003" + "00000000"
    #expect(bytes.starts(with: Array(header.utf8) + Array("ab\0".utf8) + [0, 0, 0] + [7, 0, 0, 0]))
  }

  @Test func gnuCpioListsIt() async throws {
    let listing = try await run(
      .name("cpio"), arguments: ["-itv", "--quiet", "-n"], input: .array(Archive(Self.sample).encoded()),
      output: .string(limit: 1 << 16))
    let lines = listing.standardOutput.split(separator: "\n")
    #expect(lines.count == 8)
    #expect(lines.contains { $0.hasPrefix("crw-------") && $0.contains("5,") && $0.hasSuffix("dev/console") })
    #expect(lines.contains { $0.hasPrefix("-rw-------") && $0.hasSuffix("etc/secret") })
    #expect(lines.contains { $0.hasPrefix("drwxrwxrwt") && $0.hasSuffix("tmp") })
    #expect(lines.contains { $0.hasPrefix("lrwxrwxrwx") && $0.hasSuffix("bin/sh -> busybox") })
  }

  @Test func readsSegmentsInARow() throws {
    let first = try Archive([.file("a", [1])]).encoded()
    let second = try Archive([.file("b", [2, 3])]).encoded()
    let read = try NewcReader.read(first + [0, 0, 0, 0, 0] + second)
    #expect(read.entries.map(\.path) == ["a", "b"])
  }

  @Test func stopsBeforeACompressedSegment() throws {
    let first = try Archive([.file("a", [1])]).encoded()
    #expect(try NewcReader.read(first + [0x28, 0xB5, 0x2F, 0xFD]).length == first.count)
  }

  @Test func everyTruncationIsAnError() throws {
    let bytes = try Archive(Self.sample).encoded()
    for length in 0..<bytes.count {
      #expect(throws: ArchiveError.self) { try NewcReader.read(Array(bytes[..<length])) }
    }
  }

  @Test func mutatedArchivesNeverTrap() throws {
    let valid = try Archive(Self.sample).encoded()
    var random = SplitMix(state: 0x5EED)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = valid
      for _ in 0...Int.random(in: 0..<6, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[at] = UInt8(ascii: "F")
        case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...9, using: &random)))
        default: bytes.insert(0, at: at)
        }
      }
      if (try? NewcReader.read(bytes)) == nil { refused += 1 }
    }
    #expect(refused > 10_000)
  }
}

/// A small generator with a fixed seed, so that a failure can be repeated (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
