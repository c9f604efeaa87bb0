import Glibc
import Linux

/// A directory for one run: sockets, logs, firmware variables, mount points. Removed at the end, unless kept.
public struct Workspace: Sendable {
  /// Absolute path.
  public let path: String

  /// Makes a directory that only this user may enter and calls `body` with it.
  ///
  /// - Parameters:
  ///   - keep: where to put it, to be left there; nil makes a temporary one and removes it.
  ///   - logs: where the logs in a temporary one are copied at the end.
  public static func with<Value: Sendable>(
    keptAt keep: String? = nil, logsAt logs: String? = nil,
    _ body: @Sendable (Workspace) async throws -> Value
  ) async throws -> Value {
    if let keep {
      try await HostCommand(["mkdir", "-p", keep]).run()
      let absolute = try await HostCommand(["realpath", keep]).run()
      return try await body(Workspace(path: String(absolute.dropLast())))
    }
    // Short, because a socket's path has room for 107 bytes only.
    var template = Array("/tmp/ramdisk-lab.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SystemError(errno: errno, attempt: "make a directory in /tmp")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let outcome: Result<Value, any Error>
    do {
      outcome = .success(try await body(Workspace(path: path)))
    } catch {
      outcome = .failure(error)
    }
    // Uncancelled, or Ctrl-C would leave the directory behind.
    await Task {
      if let logs {
        _ = try? await HostCommand(["sh", "-c", "mkdir -p $2 && cp $1/*.log $2", "sh", path, logs]).run()
      }
      _ = try? await HostCommand(["rm", "-rf", "--one-file-system", path]).run()
    }.value
    return try outcome.get()
  }

  /// Path of a file in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }
}
