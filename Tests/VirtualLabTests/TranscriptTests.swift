import Testing

@testable import VirtualLab

@Suite struct TranscriptTests {
  private let transcript = Transcript()

  private func say(_ text: String) { Array(text.utf8).withUnsafeBytes { _ = transcript.append($0) } }

  private func next(_ pattern: String) throws -> [String]? {
    var search = Transcript.Search()
    return transcript.next(matching: [try Regex(pattern)], &search)?.captures
  }

  @Test func everyMatchGoesOnAfterTheLast() throws {
    say("login: a\nlogin: b\n")
    #expect(try next("login: (.)") == ["login: a", "a"])
    #expect(try next("login: (.)") == ["login: b", "b"])
    #expect(try next("login: (.)") == nil)
  }

  @Test func twoMatchesInOneLine() throws {
    say("one two\n")
    #expect(try next("one") != nil)
    #expect(try next("one") == nil)
    #expect(try next("two") != nil)
  }

  @Test func aPromptNeedsNoLineEnd() throws {
    say("lab-shell# ")
    #expect(try next("lab-shell# $") != nil)
    #expect(try next("lab-shell# $") == nil)
    say("\nlab-shell# ")
    #expect(try next("lab-shell# $") != nil)
  }

  @Test func aSearchLooksAtWhatCameAfterItBegan() throws {
    var search = Transcript.Search()
    let pattern = try [Regex<AnyRegexOutput>("ready")]
    say("starting\nrea")
    #expect(transcript.next(matching: pattern, &search) == nil)
    say("dy\n")
    #expect(transcript.next(matching: pattern, &search) != nil)
  }

  @Test func theFirstOfSeveralPatternsInALineWins() throws {
    say("refused\nready\n")
    var search = Transcript.Search()
    let found = transcript.next(matching: try [Regex("ready"), Regex("refused")], &search)
    #expect(found?.index == 1)
  }

  @Test func completedLinesAreReturned() {
    let lines = Array("a\nb\nc".utf8).withUnsafeBytes { transcript.append($0) }
    #expect(lines == ["a", "b"])
    #expect(Array("d\n".utf8).withUnsafeBytes { transcript.append($0) } == ["cd"])
  }
}
