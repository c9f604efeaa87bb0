import Glibc
import Linux
import Subprocess

/// A mount namespace that nobody but its user sees, held by a small process that ends when this one does: so its mounts
/// go away whatever happens.
struct MountNamespace: Sendable {
  /// The process that holds it.
  let holder: Int32

  /// Makes one, calls `body` and lets it go.
  ///
  /// - Throws: `LabError.notPermitted` without root.
  static func with<Value: Sendable>(
    _ body: @Sendable (MountNamespace) async throws -> Value
  ) async throws -> Value {
    guard geteuid() == 0 else {
      throw LabError(.notPermitted, "mounting the sample disk needs root: run it again with sudo")
    }
    var platform = PlatformOptions()
    platform.createSession = true
    let record = try await Subprocess.run(
      // Lives until its standard input closes.
      .name("unshare"), arguments: ["--mount", "--propagation", "private", "cat"],
      environment: .inherit.updating(HostCommand.variables([:])), platformOptions: platform,
      input: .inputWriter, output: .discarded, error: .discarded
    ) { execution in
      let outcome: Result<Value, any Error>
      do {
        let namespace = MountNamespace(holder: execution.processIdentifier.value)
        try await namespace.waitUntilMade()
        outcome = .success(try await body(namespace))
      } catch {
        outcome = .failure(error)
      }
      try await execution.standardInputWriter.finish()
      return outcome
    }
    return try record.closureResult.get()
  }

  /// A program of the host's that sees what is mounted.
  func command(_ arguments: [String]) -> HostCommand { HostCommand(self.arguments(arguments)) }

  /// The same, as the arguments of a program that is to be run in another way.
  func arguments(_ arguments: [String]) -> [String] {
    ["nsenter", "--target", "\(holder)", "--mount", "--"] + arguments
  }

  /// The path by which this process reaches a file in it.
  func path(_ path: String) -> String { "/proc/\(holder)/root\(path)" }

  private func waitUntilMade() async throws {
    let own = try MountNamespace.identity("self")
    let separate = try await Deadline(after: .seconds(10)).poll {
      try MountNamespace.identity("\(holder)") != own ? true : nil
    }
    guard separate != nil else { throw LabError(.unexpected, "unshare made no mount namespace") }
  }

  private static func identity(_ process: String) throws -> String {
    let path = "/proc/\(process)/ns/mnt"
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = try syscall("read \(path)") { readlink(path, &buffer, buffer.count) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
