import Glibc
import HostInstall
import Synchronization

/// What the user reads.
struct Console: Sendable {
  /// With JSON on standard output everything else goes to standard error.
  let json: Bool

  func line(_ text: String) { Console.write(text + "\n", json ? STDERR_FILENO : STDOUT_FILENO) }

  func trace(_ command: String) { Console.write("      $ \(command)\n", STDERR_FILENO) }

  static func error(_ text: String) { write(text + "\n", STDERR_FILENO) }

  static func output(_ text: String) { write(text + "\n", STDOUT_FILENO) }

  func show(_ event: InstallEvent) {
    switch event {
    case .stepStarted(let number, let total, let title): line("[\(number)/\(total)] \(title)")
    case .stepEnded(let seconds): if seconds >= 1 { line("      done in \(Int(seconds.rounded())) s") }
    case .progress(let text): line("      \(text) ...")
    case .note(let text): line("      \(text)")
    case .warning(let text): line("warning: \(text)")
    case .secret: break
    }
  }

  /// Asks a question that is answered with yes or no; no answer is no.
  func confirm(_ question: String) -> Bool {
    Console.write(question + " [y/N] ", json ? STDERR_FILENO : STDOUT_FILENO)
    guard let answer = readLine() else { return false }
    return ["y", "yes"].contains(answer.lowercased())
  }

  private static func write(_ text: String, _ descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      // Nobody reads any more: the work goes on all the same.
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// New secrets, kept to be shown once all is done: in the middle of the progress they would scroll away.
final class SecretNotebook: Sendable {
  private let noted = Mutex<[String]>([])

  var lines: [String] { noted.withLock { $0 } }

  func note(_ event: InstallEvent) {
    if case .secret(let name, let value) = event { noted.withLock { $0.append("\(name): \(value)") } }
  }
}
