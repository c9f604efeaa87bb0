/// The root shell that the sample disk's system offers on its serial console.
public struct DebianShell: Sendable {
  /// The line that the system printed as it came up.
  public let verdict: Verdict
  private let console: Console

  /// Waits for the system to come up.
  public static func wait(on console: Console, within duration: Duration) async throws -> DebianShell {
    // With its end: a line that is still coming matches, too.
    let line = try await console.wait(for: "lab-verdict (root=.*) lab-verdict-end$", within: duration)
    try await console.wait(for: "lab-shell# $", within: .seconds(120))
    return DebianShell(verdict: Verdict(line: line[1]), console: console)
  }

  /// Runs a command to its end.
  ///
  /// - Returns: the lines it printed, which may come with others of the kernel's or of services.
  /// - Throws: `LabError` where it ends with another status than 0.
  @discardableResult
  public func run(_ command: String, within duration: Duration = .seconds(120)) async throws -> String {
    let start = console.lineCount
    try console.send("\(command); echo lab-status=$?=\r")
    let status = try await console.wait(for: "lab-status=([0-9]+)=", within: duration)[1]
    guard status == "0" else {
      let said = console.lastLines(10).joined(separator: "\n  ")
      throw LabError(.commandFailed, "`\(command)` on the \(console.name) ended with \(status):\n  \(said)")
    }
    try await console.wait(for: "lab-shell# $", within: .seconds(60))
    return console.lastLines(console.lineCount - start).joined(separator: "\n") + "\n"
  }

  /// Switches the machine off in order.
  public func powerOff() throws { try console.send("systemctl poweroff\r") }
}
