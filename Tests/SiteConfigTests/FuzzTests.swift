import SiteConfig
import Testing

/// A small generator with a fixed seed: the same cases on every run.
private struct Random: RandomNumberGenerator {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

@Suite struct FuzzTests {
  /// Whatever the text: a site or errors with places inside it, never a trap.
  private func check(_ text: String) {
    do throws(SiteErrors) {
      _ = try Site.parse(text: text, fileName: "x")
    } catch {
      let lines = text.utf8.count { $0 == 10 || $0 == 13 } + 1
      #expect(!error.errors.isEmpty)
      #expect(error.errors.allSatisfy { ($0.position?.line).map { (1...lines).contains($0) } ?? false })
    }
  }

  @Test func everyBeginningOfAConfig() {
    let text = Array(SiteTemplate.render(completeSite()).utf8)
    for length in stride(from: 0, to: text.count, by: 7) {
      check(String(decoding: text[..<length], as: UTF8.self))
    }
  }

  @Test func mutatedConfigs() {
    let original = Array(SiteTemplate.render(completeSite()).utf8.filter { $0 != 0x2F })
    let pieces = [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "'", "/", "*", "\n", "\r", "\0", "-", "1e999", "0x", "NaN",
      "é", "null",
    ]
    var random = Random()
    for _ in 0..<1500 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(contentsOf: pieces.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
        default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
        }
        if bytes.isEmpty { bytes = original }
      }
      check(String(decoding: bytes, as: UTF8.self))
    }
  }
}
