import Linux
import Synchronization

/// A machine's serial console: what it says, and a keyboard.
public final class Console: Sendable {
  /// Who is speaking, for messages: `target`, `initiator`.
  public let name: String
  private let log: String
  private let transcript: Transcript
  private let socket: LocalSocket

  /// Connects to the console of a machine.
  ///
  /// - Parameters:
  ///   - log: file with everything the console said, named in errors.
  ///   - onLine: called with every complete line of plain text, on a thread of its own.
  init(name: String, socketPath: String, log: String, onLine: @escaping @Sendable (String) -> Void)
    throws(SystemError)
  {
    self.name = name
    self.log = log
    let transcript = Transcript()
    self.transcript = transcript
    socket = try LocalSocket(path: socketPath) { bytes in
      for line in transcript.append(bytes) { onLine(line) }
    }
  }

  /// Sends `text` at once; `\r` is the Enter key.
  public func send(_ text: String) throws { try socket.send(Array(text.utf8)) }

  /// Types `text` as a person does, looking at the screen after every key: a BIOS keeps no more than 15 keys for a
  /// program that is busy.
  public func type(_ text: String) async throws {
    for key in text.utf8 {
      let seen = transcript.count
      try socket.send([key])
      // A key that changes nothing on the screen is gone by then, too.
      _ = try await Deadline(after: .seconds(2)).poll { transcript.count > seen ? true : nil }
    }
  }

  /// Waits until a line matches the regular expression `pattern`, beginning after the last match.
  ///
  /// - Returns: the whole match and its captures; a capture that took no part is empty.
  /// - Throws: `LabError` when the deadline passes or the machine stops, with the last lines it said.
  @discardableResult
  public func wait(for pattern: String, within duration: Duration) async throws -> [String] {
    try await wait(forOneOf: [pattern], within: duration).captures
  }

  /// Waits for the first of several patterns.
  ///
  /// - Returns: the number of the pattern that matched, and its captures.
  public func wait(
    forOneOf patterns: [String], within duration: Duration
  ) async throws -> (index: Int, captures: [String]) {
    let deadline = Deadline(after: duration)
    let expressions = try patterns.map { try Regex($0) }
    var search = Transcript.Search()
    let found = try await deadline.poll {
      // Read before the search: what came last must still be looked at.
      let ended = socket.hasEnded
      if let match = transcript.next(matching: expressions, &search) { return match }
      if ended { throw failure(.machineStopped, "stopped", awaited: patterns) }
      return nil
    }
    guard let found else {
      throw failure(.deadlineExceeded, "did not within \(duration.components.seconds) s", awaited: patterns)
    }
    return found
  }

  /// How many lines so far, waited for or not, match `pattern`.
  public func occurrences(of pattern: String) throws -> Int {
    let expression = try Regex(pattern)
    return transcript.lines.count { $0.firstMatch(of: expression) != nil }
  }

  /// The last complete lines.
  public func lastLines(_ count: Int) -> [String] { transcript.lines.suffix(count) }

  /// How many complete lines there are.
  var lineCount: Int { transcript.lines.count }

  /// The machine closed its console: it is gone.
  var hasEnded: Bool { socket.hasEnded }

  func close() { socket.close() }

  private func failure(_ code: LabError.Code, _ what: String, awaited patterns: [String]) -> LabError {
    let said = lastLines(15).joined(separator: "\n  ")
    let awaited = patterns.map { "“\($0)”" }.joined(separator: " or ")
    return LabError(
      code, "the \(name) \(what): say \(awaited). All it said: \(log). The end of it:\n  \(said)")
  }
}
