import Subprocess
import SystemPackage

/// A program of the build host.
enum Tool {
  /// What a program left behind that ended well.
  struct Result {
    var output: [UInt8]
    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs a program to its end, in the C locale.
  ///
  /// - Throws: `PayloadError.toolMissing`, and `.toolFailed` when it ends with anything but 0.
  @discardableResult
  static func run(
    _ name: String, _ arguments: [String], input: [UInt8] = [], directory: FilePath? = nil,
    environment: [Environment.Key: String?] = [:], outputLimit: Int = 1 << 30
  ) async throws -> Result {
    let environment = environment.merging(["LC_ALL": "C"]) { mine, _ in mine }
    do {
      let result = try await Subprocess.run(
        .name(name), arguments: Arguments(arguments), environment: .inherit.updating(environment),
        workingDirectory: directory, input: .array(input), output: .bytes(limit: outputLimit),
        error: .string(limit: 1 << 20))
      guard result.terminationStatus.isSuccess else {
        throw PayloadError.toolFailed(
          ([name] + arguments).joined(separator: " "), status: "\(result.terminationStatus)",
          message: result.standardError)
      }
      return Result(output: result.standardOutput)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      throw PayloadError.toolMissing(name)
    }
  }

  /// Whether a program of this name is in PATH.
  static func exists(_ name: String) async -> Bool {
    (try? await Executable.name(name).resolveExecutablePath(in: .inherit)) != nil
  }
}
