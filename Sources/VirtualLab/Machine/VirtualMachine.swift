import Linux

/// A running virtual machine.
public final class VirtualMachine: Sendable {
  public let name: String
  /// Its serial console.
  public let console: Console
  private let monitor: Monitor

  private init(name: String, console: Console, monitor: Monitor) {
    self.name = name
    self.console = console
    self.monitor = monitor
  }

  /// Powers a machine on, calls `body`, and pulls the plug when that ends, however it ends.
  ///
  /// - Parameters:
  ///   - onLine: called with every line of its console, on a thread of its own.
  public static func with<Value: Sendable>(
    _ configuration: MachineConfiguration, accelerator: Accelerator, in workspace: Workspace,
    onLine: @escaping @Sendable (String) -> Void = { _ in },
    _ body: @Sendable (VirtualMachine) async throws -> Value
  ) async throws -> Value {
    let log = configuration.path(.log, in: workspace)
    let variables = configuration.path(.variables, in: workspace)
    // Kept between two runs of the same machine, as a mainboard does.
    if !HostFile.exists(variables) {
      try await configuration.firmware.prepare(variables: variables, keys: configuration.keys)
    }
    let arguments = try configuration.arguments(accelerator: accelerator, in: workspace)
    return try await GuardedProcess.with(arguments, log: log) {
      let console = try await connected(log: log) {
        try Console(
          name: configuration.name, socketPath: configuration.path(.console, in: workspace),
          log: configuration.path(.consoleLog, in: workspace), onLine: onLine)
      }
      defer { console.close() }
      let monitor = try await connected(log: log) {
        try await Monitor(socketPath: configuration.path(.monitor, in: workspace))
      }
      defer { monitor.close() }
      let machine = VirtualMachine(name: configuration.name, console: console, monitor: monitor)
      do {
        return try await body(machine)
      } catch let error as LabError where error.code == .deadlineExceeded {
        // Why it hangs can be asked only while it does.
        throw LabError(error.code, error.message + (await machine.backtraces()))
      }
    }
  }

  /// What the processors of a machine that runs Linux are doing: its answer to the magic SysRq keys 9 (say all) and
  /// l (backtraces), given on the serial console as a break. Empty where it does not answer.
  private func backtraces() async -> String {
    do {
      let start = console.lineCount
      for key in ["9", "l"] {
        try await monitor.execute("chardev-send-break", arguments: ["id": MachineConfiguration.consoleDevice])
        try console.send(key)
      }
      var last = start
      // It takes a serial line seconds; the end is where nothing comes any more.
      while true {
        let more = try await Deadline(after: .seconds(3)).poll { console.lineCount > last ? true : nil }
        guard more != nil, console.lineCount < start + 300 else { break }
        last = console.lineCount
      }
      // Beside the kernel others may be talking.
      let stamp = try Regex(#"^\[ *[0-9]+\.[0-9]+\] "#)
      let said = console.lastLines(last - start).filter { $0.firstMatch(of: stamp) != nil }
      return said.isEmpty ? "" : "\nWhat its processors do:\n  " + said.joined(separator: "\n  ")
    } catch {
      return "\nIt could not be asked what it does: \(error)"
    }
  }

  /// Presses the power button.
  public func pressPowerButton() async throws { try await monitor.execute("system_powerdown") }

  /// Presses Reset.
  public func pressReset() async throws { try await monitor.execute("system_reset") }

  /// Waits until the machine has switched itself off.
  public func waitUntilOff(within duration: Duration) async throws {
    let off = try await Deadline(after: duration).poll { console.hasEnded ? true : nil }
    guard off != nil else {
      let said = console.lastLines(15).joined(separator: "\n  ")
      throw LabError(
        .deadlineExceeded,
        "the \(name) did not switch itself off within \(duration.components.seconds) s. It said last:\n  \(said)"
      )
    }
  }

  /// A socket that QEMU makes as it starts.
  private static func connected<Value>(
    log: String, _ connect: () async throws -> Value
  ) async throws -> Value {
    let value = try await Deadline(after: .seconds(20)).poll { () -> Value? in
      do {
        return try await connect()
      } catch is SystemError {
        return nil
      }
    }
    guard let value else {
      let said = (try? HostFile.read(log)) ?? ""
      throw LabError(.machineStopped, "QEMU did not start; its output (\(log)):\n\(said)")
    }
    return value
  }
}
