import Glibc
import Linux

/// The system that is installed into: `/`, or the directory where another system's root is mounted.
///
/// Paths of the system ("/etc/fstab") are turned into paths of this machine ("/mnt/etc/fstab") with symbolic links
/// followed as that system would: an absolute link starts again at its root and none leads out of it.
public struct HostRoot: Hashable, Sendable {
  /// Absolute path on this machine, without a slash at the end; empty for `/`.
  private let prefix: String

  /// The system this program runs on.
  public static let local = HostRoot(prefix: "")

  /// A system below a directory.
  ///
  /// - Throws: `SystemError` when there is no such directory.
  public init(path: String) throws(SystemError) {
    guard let resolved = realpath(path, nil) else {
      throw SystemError(errno: errno, attempt: "find the root directory \(path)")
    }
    defer { free(resolved) }
    let text = String(cString: resolved)
    prefix = text == "/" ? "" : text
  }

  private init(prefix: String) { self.prefix = prefix }

  /// The root's own path on this machine.
  public var path: String { prefix.isEmpty ? "/" : prefix }

  /// Whether this is the running system itself.
  public var isLocal: Bool { prefix.isEmpty }

  /// The path on this machine of `path` in the system. Components that do not exist are kept as they are.
  ///
  /// - Parameter followLast: whether a symbolic link at the end is followed, too.
  public func resolve(_ path: String, followLast: Bool = true) -> String {
    prefix + (isLocal && !followLast ? path : inside(path, followLast: followLast))
  }

  /// The path in the system that `path` leads to once all symbolic links are followed.
  public func inside(_ path: String, followLast: Bool = true) -> String {
    var pending = path.split(separator: "/").map(String.init)
    var done: [String] = []
    var links = 0
    while !pending.isEmpty {
      let name = pending.removeFirst()
      if name == "." { continue }
      if name == ".." {
        _ = done.popLast()
        continue
      }
      let candidate = prefix + "/" + (done + [name]).joined(separator: "/")
      guard followLast || !pending.isEmpty, links < 40, let target = Files.linkTarget(candidate) else {
        done.append(name)
        continue
      }
      links += 1
      if target.hasPrefix("/") { done = [] }
      pending = target.split(separator: "/").map(String.init) + pending
    }
    return "/" + done.joined(separator: "/")
  }
}
