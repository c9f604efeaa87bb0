import Glibc
import Linux
import Synchronization

/// What people see of the runtime: every event as a line on serial lines, and one screen on a display.
public final class Console: Sendable {
  private struct State {
    var recent: [String] = []
    var status: RuntimeStatus?
  }

  private let terminals: [Terminal]
  private let state = Mutex(State())
  /// Number of latest events kept for the screen and `ramdiskd status`.
  private static let memory = 40

  init(terminals: [Terminal]) { self.terminals = terminals }

  /// All consoles of the kernel (`console=` on its command line).
  public static func kernel() -> Console {
    let names = readAttribute("/sys/class/tty/console/active")?.split(separator: " ").map(String.init) ?? []
    var terminals = names.compactMap { open("/dev/\($0)", style: isVirtual($0) ? .screen : .lines) }
    if terminals.isEmpty, let fallback = open("/dev/console", style: .lines) { terminals = [fallback] }
    return Console(terminals: terminals)
  }

  /// Lines on standard output.
  public static func standardOutput() -> Console {
    let descriptor = OwnedDescriptor(owning: dup(1))
    guard let terminal = try? Terminal(path: "standard output", descriptor: descriptor, style: .lines) else {
      return Console(terminals: [])
    }
    return Console(terminals: [terminal])
  }

  private static func open(_ path: String, style: Terminal.Style) -> Terminal? {
    guard let descriptor = try? OwnedDescriptor(path: path, flags: O_RDWR | O_NOCTTY) else { return nil }
    return try? Terminal(path: path, descriptor: descriptor, style: style)
  }

  private static func isVirtual(_ name: String) -> Bool {
    name.hasPrefix("tty") && name.dropFirst(3).allSatisfy(\.isNumber)
  }

  /// The terminals on which someone may type.
  var inputs: [Terminal] { terminals }

  /// Tells an event: one line, `ramdiskd: TEXT`. Control characters from outside are made harmless.
  ///
  /// - Parameter isDrawn: whether screens have it at once, and not with the next `show`.
  public func say(_ text: String, isDrawn: Bool = true) {
    for part in text.split(separator: "\n") {
      var line = ""
      line.unicodeScalars.append(
        contentsOf: part.unicodeScalars.map {
          $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : $0
        })
      state.withLock {
        $0.recent.append(line)
        if $0.recent.count > Self.memory { $0.recent.removeFirst($0.recent.count - Self.memory) }
      }
      for terminal in terminals { terminal.write(line: "ramdiskd: \(line)") }
    }
    if isDrawn { redraw() }
  }

  /// What was told last, oldest first.
  public var recent: [String] { state.withLock { $0.recent } }

  /// Shows how things are, from now on.
  public func show(_ status: RuntimeStatus) {
    state.withLock { $0.status = status }
    redraw()
  }

  func redraw() {
    guard terminals.contains(where: { $0.style == .screen }) else { return }
    let (status, recent) = state.withLock { ($0.status, $0.recent) }
    for terminal in terminals where terminal.style == .screen {
      let size = terminal.size
      terminal.draw(Screen.lines(status, recent: recent, columns: size.columns, rows: size.rows))
    }
  }

  /// Waits until everything told is written out, at most `timeout` per terminal.
  public func drain(timeout: Duration) {
    for terminal in terminals { terminal.drain(timeout: timeout) }
  }
}
