import Glibc
import Linux
import Synchronization

/// One terminal written to by a thread of its own, so that a stuck serial line or Ctrl-S holds up nobody else.
final class Terminal: Sendable {
  enum Style: Hashable, Sendable {
    /// Every event as one line, nothing else: serial lines, files.
    case lines
    /// One screen that is drawn anew.
    case screen
  }

  private struct State {
    /// Bytes of lines, in order.
    var lines: [UInt8] = []
    /// The frame to draw next; a newer one replaces it.
    var frame: [UInt8]?
    /// Someone else has the terminal.
    var isPaused = false
    var isWriting = false
  }

  /// Beyond this much unwritten output, new lines are dropped.
  private static let limit = 1 << 18

  let path: String
  let style: Style
  private let descriptor: OwnedDescriptor
  private let state = Mutex(State())
  private let wake: EventFlag
  private let idle: EventFlag

  init(path: String, descriptor: consuming OwnedDescriptor, style: Style) throws(SystemError) {
    self.path = path
    self.style = style
    self.descriptor = descriptor
    wake = try EventFlag()
    idle = try EventFlag()
    _ = try ServiceThread(name: "console") { [self] in
      var isOpen = true
      while isOpen { isOpen = writeNext() }
    }
  }

  /// For `poll` and reading what is typed.
  var number: Int32 { descriptor.number }

  /// Columns and rows; what a text console has if it does not say.
  var size: (columns: Int, rows: Int) { terminalSize(number) ?? (80, 25) }

  func write(line: String) {
    guard style == .lines else { return }
    state.withLock { state in
      guard state.lines.count < Self.limit else { return }
      // A serial line may be in raw mode: the carriage return is ours to send.
      state.lines += Array(line.utf8) + (isatty(number) == 1 ? [13, 10] : [10])
    }
    wake.raise()
  }

  /// Draws `lines` from the upper left corner.
  func draw(_ lines: [String]) {
    guard style == .screen else { return }
    let text = "\u{1b}[?25l\u{1b}[H" + lines.map { $0 + "\u{1b}[K" }.joined(separator: "\r\n") + "\u{1b}[J"
    state.withLock { $0.frame = Array(text.utf8) }
    wake.raise()
  }

  /// Leaves the terminal to someone else.
  func pause() {
    state.withLock { $0.isPaused = true }
  }

  /// Takes the terminal back. It is opened anew: someone may have hung it up.
  func resume() throws(SystemError) {
    let fresh = try OwnedDescriptor(path: path, flags: O_RDWR | O_NOCTTY)
    try syscall("take back \(path)") { dup2(fresh.number, number) }
    try syscall("take back \(path)") { fcntl(number, F_SETFD, FD_CLOEXEC) }
    state.withLock { $0.isPaused = false }
    wake.raise()
  }

  /// Waits until everything is written, at most `timeout`.
  func drain(timeout: Duration) {
    let deadline = ContinuousClock.now + timeout
    while state.withLock({ !$0.isPaused && ($0.isWriting || !$0.lines.isEmpty || $0.frame != nil) }) {
      let left = deadline - .now
      guard left > .zero, (try? pollReadable([idle.number], timeout: left)) != nil else { return }
      idle.lower()
    }
  }

  private func writeNext() -> Bool {
    let output: [UInt8]? = state.withLock { state in
      guard !state.isPaused else { return nil }
      defer { state.lines = [] }
      let frame = state.frame
      state.frame = nil
      let output = frame ?? (state.lines.isEmpty ? nil : state.lines)
      state.isWriting = output != nil
      return output
    }
    guard let output else {
      idle.raise()
      guard (try? pollReadable([wake.number], timeout: nil)) != nil else { return false }
      wake.lower()
      return true
    }
    // Nobody is left to be told that the console is gone.
    try? writeAll(number, output, to: path)
    // Here, not in `drain`: a line that never gets rid of its bytes must not hold up a restart.
    tcdrain(number)
    state.withLock { $0.isWriting = false }
    return true
  }
}
