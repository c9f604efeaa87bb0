import Testing

@testable import NetbootHTTP

@Suite struct ByteRangeTests {
  @Test(
    arguments: [
      (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=10-", .part(10..<100)),
      ("bytes=99-99", .part(99..<100)),
      ("bytes=50-500", .part(50..<100)), ("bytes=-1", .part(99..<100)), ("bytes=-500", .part(0..<100)),
      ("Bytes=0-0", .part(0..<1)), ("bytes=0-18446744073709551615", .part(0..<100)),
      ("bytes=0-99999999999999999999999", .part(0..<100)), ("bytes=100-", .unsatisfiable),
      ("bytes=99999999999999999999999-", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=9-0", .whole),
      ("bytes=-", .whole), ("bytes=", .whole), ("bytes=a-b", .whole), ("bytes=0-1,5-6", .whole),
      ("lines=0-1", .whole),
      ("bytes=1-2-3", .whole), ("bytes=+1-2", .whole), ("bytes=١-٢", .whole), ("", .whole),
    ] as [(String?, ByteRange)])
  func parsing(header: String?, range: ByteRange) {
    #expect(ByteRange(header, size: 100) == range)
  }

  @Test func emptyContent() {
    #expect(ByteRange("bytes=0-", size: 0) == .unsatisfiable)
    #expect(ByteRange("bytes=-5", size: 0) == .unsatisfiable)
    #expect(ByteRange(nil, size: 0) == .whole)
  }

  /// Any bytes as a header: a range inside the content or none, never a trap.
  @Test func junk() {
    var random = FixedGenerator(state: 7)
    let letters = Array("bytes=0123456789-,+ \u{0}é".unicodeScalars)
    for _ in 0..<20_000 {
      var header = "bytes="
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        if let letter = letters.randomElement(using: &random) { header.unicodeScalars.append(letter) }
      }
      let size = UInt64.random(in: 0...UInt64.max, using: &random)
      if case .part(let range) = ByteRange(header, size: size) {
        #expect(!range.isEmpty && range.upperBound <= size)
      }
    }
  }
}

/// The same numbers on every run (xorshift).
struct FixedGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
