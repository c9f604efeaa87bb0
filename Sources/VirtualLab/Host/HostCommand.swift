import Subprocess

/// A program run to its end on the host, with its output collected.
public struct HostCommand: Sendable {
  /// Program (looked up in `PATH`, with the system directories added) and its arguments.
  public let arguments: [String]
  /// Variables set or replaced for the program.
  public let environment: [String: String]

  public init(_ arguments: [String], environment: [String: String] = [:]) {
    self.arguments = arguments
    self.environment = environment
  }

  /// How it ended, and what it printed: standard output and standard error in one.
  public struct Result: Sendable {
    /// Exit code, or 128 plus the number of the signal that ended it.
    public let status: Int32
    public let output: String
  }

  /// Runs the program and returns however it ends.
  ///
  /// - Parameter onLine: called with each line as it is printed.
  /// - Throws: `LabError.missingProgram` where it is not installed.
  public func result(
    input: String = "", onLine: @Sendable (String) -> Void = { _ in }
  ) async throws -> Result {
    guard let program = arguments.first else { throw LabError(.unexpected, "empty command") }
    var platform = PlatformOptions()
    // In a session of its own: Ctrl-C reaches the laboratory alone, which then ends things in order.
    platform.createSession = true
    platform.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(10))
    ]
    do {
      let record = try await Subprocess.run(
        program.contains("/") ? .path(.init(program)) : .name(program),
        arguments: Arguments(Array(arguments.dropFirst())),
        environment: .inherit.updating(HostCommand.variables(environment)),
        platformOptions: platform, input: .string(input), output: .sequence, error: .combinedWithOutput
      ) { execution in
        var output = ""
        for try await line in execution.standardOutput.strings() {
          output += line + "\n"
          onLine(line)
        }
        return output
      }
      return Result(status: record.terminationStatus.shellStatus, output: record.closureResult)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw LabError(
        .missingProgram, "\(program) is not installed; see `ramdisk-install try --help` for what is needed")
    }
  }

  /// Runs the program, and throws what it printed where it fails.
  @discardableResult
  public func run(
    input: String = "", onLine: @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    let result = try await result(input: input, onLine: onLine)
    guard result.status == 0 else {
      let said = result.output.split(separator: "\n").suffix(12).joined(separator: "\n  ")
      throw LabError(
        .commandFailed, "`\(arguments.joined(separator: " "))` ended with status \(result.status):\n  \(said)"
      )
    }
    return result.output
  }

  /// System programs such as losetup are not in every user's `PATH`.
  static func variables(_ additions: [String: String]) -> [Environment.Key: String?] {
    var variables: [Environment.Key: String?] = ["LC_ALL": "C.UTF-8", "PATH": searchPath]
    for (name, value) in additions { variables[Environment.Key(stringLiteral: name)] = value }
    return variables
  }

  private static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

extension TerminationStatus {
  /// As a shell tells it in `$?`.
  var shellStatus: Int32 {
    switch self {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }
}
