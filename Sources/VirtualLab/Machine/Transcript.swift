import Synchronization

/// What a console said so far, as lines, and how far it has been looked at.
final class Transcript: Sendable {
  private struct State {
    var text = TerminalText()
    /// First line not looked at yet, and how many of its characters were.
    var line = 0
    var column = 0
    /// Bytes that arrived.
    var count = 0
  }

  private let state = Mutex(State())

  /// How far one search has looked, so that it looks at no line twice.
  struct Search {
    var line = 0
  }

  /// Takes what arrived.
  ///
  /// - Returns: the lines it completed.
  func append(_ bytes: UnsafeRawBufferPointer) -> [String] {
    state.withLock { state in
      let known = state.text.lines.count
      state.count += bytes.count
      state.text.append(bytes)
      return Array(state.text.lines[known...])
    }
  }

  /// Number of bytes that arrived so far.
  var count: Int { state.withLock { $0.count } }

  var lines: [String] { state.withLock { $0.text.lines + [$0.text.partial] } }

  /// Finds the first line, after the last match, that one of the expressions matches; the next search goes on there.
  func next(
    matching expressions: [Regex<AnyRegexOutput>], _ search: inout Search
  ) -> (index: Int, captures: [String])? {
    state.withLock { state in
      var number = max(search.line, state.line)
      while number <= state.text.lines.count {
        let complete = number < state.text.lines.count
        let line = complete ? state.text.lines[number] : state.text.partial
        let rest = line.dropFirst(number == state.line ? state.column : 0)
        for (index, expression) in expressions.enumerated() {
          guard let match = rest.firstMatch(of: expression) else { continue }
          state.line = number
          state.column = line.distance(from: line.startIndex, to: match.range.upperBound)
          return (index, match.output.map { String($0.substring ?? "") })
        }
        if complete { search.line = number + 1 }
        number += 1
      }
      return nil
    }
  }
}
