import Glibc

/// A file descriptor with one owner, closed when the owner goes away.
public struct OwnedDescriptor: ~Copyable, Sendable {
  /// The number, valid as long as this value lives.
  public let number: Int32

  /// Takes ownership of an open descriptor.
  public init(owning number: Int32) { self.number = number }

  /// Opens `path` with `O_CLOEXEC` added to `flags`.
  public init(path: String, flags: Int32, mode: mode_t = 0o600) throws(SystemError) {
    number = try syscall("open \(path)") { open(path, flags | O_CLOEXEC, mode) }
  }

  /// Gives the descriptor to someone else; this value no longer closes it.
  public consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }

  deinit { _ = close(number) }
}
