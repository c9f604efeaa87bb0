import Glibc
import Linux

/// Shells for the person at the machine, one at a time on each terminal.
final class EmergencyShell {
  static let path = "/bin/sh"

  private let console: Console
  /// The terminal of each running shell.
  private var running: [pid_t: Terminal] = [:]
  /// Terminals that could not be opened again.
  private var lost: [Terminal] = []
  /// Whether Enter on a terminal starts a shell there.
  private(set) var isOffered = false

  init(console: Console) { self.console = console }

  /// The terminals on which Enter is waited for.
  var listening: [Terminal] {
    guard isOffered else { return [] }
    return console.inputs.filter { terminal in !(running.values + lost).contains { $0 === terminal } }
  }

  /// From now on, Enter starts a shell.
  func offer() {
    guard !isOffered else { return }
    guard access(Self.path, X_OK) == 0 else {
      return console.say("there is no \(Self.path) to repair anything with")
    }
    isOffered = true
    console.say("press Enter for a shell")
  }

  /// Reads what was typed; Enter starts the shell.
  func typed(on terminal: Terminal) {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = buffer.withUnsafeMutableBytes { read(terminal.number, $0.baseAddress, $0.count) }
    guard count > 0 else {
      // Hung up: what was typed is lost, not the terminal.
      takeBack(terminal)
      return
    }
    if buffer[..<count].contains(where: { $0 == 10 || $0 == 13 }) { start(on: terminal) }
  }

  func startEverywhere() {
    for terminal in console.inputs { start(on: terminal) }
  }

  private func start(on terminal: Terminal) {
    guard !running.values.contains(where: { $0 === terminal }) else { return }
    do throws(SystemError) {
      let child = try spawn(
        Self.path, arguments: ["-i"],
        environment: ["PATH=/sbin:/bin:/usr/sbin:/usr/bin", "HOME=/", "TERM=linux", "PS1=ramdisk# "],
        onTerminal: terminal.path)
      running[child] = terminal
      // A drawing would run over what is typed; lines may stay.
      if terminal.style == .screen { terminal.pause() }
      console.say("a shell runs on \(terminal.path); 'exit' ends it")
    } catch {
      console.say("\(error)")
    }
  }

  /// - Returns: whether it was one of our shells.
  func ended(_ child: pid_t) -> Bool {
    guard let terminal = running.removeValue(forKey: child) else { return false }
    takeBack(terminal)
    console.redraw()
    return true
  }

  private func takeBack(_ terminal: Terminal) {
    do throws(SystemError) { try terminal.resume() } catch {
      console.say("\(error)")
      lost.append(terminal)
    }
  }
}
