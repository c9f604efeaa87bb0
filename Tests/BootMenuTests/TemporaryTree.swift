import Glibc
import Linux

/// A directory tree made for one test.
final class TemporaryTree {
  let path: String

  /// - Parameter files: content by path; directories on the way are made.
  init(_ files: [String: String] = [:]) throws {
    var template = Array("/tmp/boot-menu.XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(errno: errno, attempt: "make a directory") }
    path = String(cString: made)
    for (name, text) in files { try write(name, Array(text.utf8)) }
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    var directory = path
    for part in name.split(separator: "/").dropLast() {
      directory += "/\(part)"
      mkdir(directory, 0o755)
    }
    try writeFile("\(path)/\(name)", bytes)
  }

  func link(_ name: String, to target: String) { symlink(target, "\(path)/\(name)") }

  deinit { remove(path) }

  private func remove(_ path: String) {
    for name in (try? directoryEntries(path)) ?? [] { remove("\(path)/\(name)") }
    if rmdir(path) != 0 { unlink(path) }
  }
}

extension TemporaryTree {
  static func text(_ path: String) throws -> String { String(decoding: try readFile(path), as: UTF8.self) }
}
