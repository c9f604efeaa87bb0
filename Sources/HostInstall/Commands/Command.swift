/// A program to run in the system that is installed into.
public struct Command: Hashable, Sendable, CustomStringConvertible {
  /// Program and arguments; the program is looked up in the system's PATH.
  public var arguments: [String]
  /// Added to the environment.
  public var environment: [String: String] = [:]

  public init(_ arguments: [String], environment: [String: String] = [:]) {
    self.arguments = arguments
    self.environment = environment
  }

  /// As one would type it into a shell.
  public var description: String {
    arguments.map { argument in
      let isPlain =
        !argument.isEmpty && argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0) }
      return isPlain ? argument : "'" + argument.replacing("'", with: #"'\''"#) + "'"
    }.joined(separator: " ")
  }

  /// Replaces `{name}` in a command of a distro profile; an argument that is just `{name}` becomes several.
  public static func filled(
    _ template: [String], _ values: [String: [String]], environment: [String: String] = [:]
  ) -> Command {
    let arguments = template.flatMap { argument -> [String] in
      for (name, value) in values where argument == "{\(name)}" { return value }
      var text = argument
      for (name, value) in values { text = text.replacing("{\(name)}", with: value.joined(separator: " ")) }
      return [text]
    }
    return Command(arguments, environment: environment)
  }
}

/// How a program ended and what it printed.
public struct CommandResult: Hashable, Sendable {
  /// Exit code; 128 and the number of the signal that ended it, as shells have it; 127 when there is no such program.
  public var status: Int32
  public var output: String
  public var errors: String

  public init(status: Int32, output: String = "", errors: String = "") {
    self.status = status
    self.output = output
    self.errors = errors
  }
}

/// Runs programs in the system that is installed into; tests put a recorder in its place.
public protocol CommandRunner: Sendable {
  /// - Throws: only when the program could not be started at all.
  func run(_ command: Command) async throws -> CommandResult
}

extension CommandRunner {
  /// Runs a program that must succeed.
  ///
  /// - Throws: `CommandFailure` for any exit code but 0.
  @discardableResult
  public func succeed(_ command: Command) async throws -> CommandResult {
    let result = try await run(command)
    guard result.status == 0 else { throw CommandFailure(command: command, result: result) }
    return result
  }
}

/// A program ended with an exit code that is not 0.
public struct CommandFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public let command: Command
  public let result: CommandResult

  /// Command, exit code and the last lines that it printed.
  public var description: String {
    let printed = (result.output + "\n" + result.errors).split(separator: "\n").suffix(12)
    return (["'\(command)' ended with exit code \(result.status)"] + printed.map { "  | \($0)" })
      .joined(separator: "\n")
  }
}
