import Testing

@testable import VirtualLab

@Suite struct TerminalTextTests {
  private func text(_ bytes: String) -> TerminalText {
    var text = TerminalText()
    text.append(bytes.utf8)
    return text
  }

  @Test func linesEndAtLineFeeds() {
    let text = text("one\r\ntwo\r\n\r\nthree")
    #expect(text.lines == ["one", "two"])
    #expect(text.partial == "three")
  }

  @Test func coloursVanish() {
    #expect(text("[\u{1B}[0;32m  OK  \u{1B}[0m] Started\n").lines == ["[  OK  ] Started"])
  }

  @Test func aCursorMovementEndsTheLine() {
    let text = text("\u{1B}[2J\u{1B}[01;01HGNU GRUB\u{1B}[04;02H*Debian\u{1B}[05;02H Advanced")
    #expect(text.lines == ["GNU GRUB", "*Debian"])
    #expect(text.partial == " Advanced")
  }

  @Test func titlesOfWindowsVanish() {
    #expect(text("\u{1B}]0;a title\u{07}shell").partial == "shell")
    #expect(text("\u{1B}]0;a title\u{1B}\\shell").partial == "shell")
  }

  @Test func backspaceTakesBack() { #expect(text("abc\u{08}d").partial == "abd") }

  @Test func aLineWithoutEndIsCut() {
    let text = text(String(repeating: "x", count: 5000))
    #expect(text.lines.map(\.utf8.count) == [4096])
    #expect(text.partial.utf8.count == 904)
  }

  @Test func arbitraryBytesAreTaken() {
    var generator = Generator(state: 7)
    var text = TerminalText()
    for _ in 0..<50_000 { text.append([UInt8(truncatingIfNeeded: generator.next())]) }
    #expect(!text.lines.isEmpty)
  }

  /// SplitMix64.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }
}
