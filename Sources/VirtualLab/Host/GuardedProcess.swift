import Subprocess
import SystemPackage

/// A long-running program that cannot outlive the laboratory, not even when that is killed with SIGKILL.
///
/// A shell in a session of its own watches a pipe from here: when it closes, for whatever reason, the shell kills
/// the program. (`PR_SET_PDEATHSIG` is no use: it goes by the thread that forked, and pool threads come and go.)
enum GuardedProcess {
  private static let script = """
    exec 3<&0
    "$@" 3<&- </dev/null & program=$!
    cat <&3 >/dev/null & watch=$!
    wait -n
    kill -KILL $program $watch 2>/dev/null
    wait $program
    """

  /// Runs `arguments` as long as `body` runs.
  ///
  /// - Parameter log: file that takes standard output and standard error.
  static func with<Value: Sendable>(
    _ arguments: [String], log: String, _ body: () async throws -> Value
  ) async throws -> Value {
    let output = try FileDescriptor.open(
      FilePath(log), .writeOnly, options: [.create, .append, .closeOnExec], permissions: [.ownerReadWrite])
    defer { try? output.close() }
    var platform = PlatformOptions()
    platform.createSession = true
    platform.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(5))
    ]
    let record = try await Subprocess.run(
      .name("bash"), arguments: Arguments(["-c", script, "bash"] + arguments),
      environment: .inherit.updating(HostCommand.variables([:])), platformOptions: platform,
      input: .inputWriter, output: .fileDescriptor(output, closeAfterSpawningProcess: false),
      error: .fileDescriptor(output, closeAfterSpawningProcess: false)
    ) { execution in
      let outcome: Result<Value, any Error>
      do {
        outcome = .success(try await body())
      } catch {
        outcome = .failure(error)
      }
      try await execution.standardInputWriter.finish()
      return outcome
    }
    return try record.closureResult.get()
  }
}
