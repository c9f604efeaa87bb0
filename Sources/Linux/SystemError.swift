import Glibc

/// A failed call to the kernel: what was attempted, on what, and the errno that came back.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public let errno: Int32
  /// What was attempted, as a person would say it: "open /dev/sda for writing".
  public let attempt: String

  public init(errno: Int32, attempt: String) {
    self.errno = errno
    self.attempt = attempt
  }

  /// `cannot open /dev/sda for writing: Permission denied`
  public var description: String { "cannot \(attempt): \(SystemError.text(errno))" }

  /// The C library's text for an errno.
  public static func text(_ errno: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let base = buffer.baseAddress, strerror_r(errno, base, buffer.count) == 0 else {
        return "error \(errno)"
      }
      return String(cString: base)
    }
  }
}

/// Runs a system call that reports failure as -1, retrying EINTR: the only place that does.
///
/// - Throws: `SystemError` with the errno of the failure and `attempt`.
@discardableResult
public func syscall<Result: FixedWidthInteger>(
  _ attempt: @autoclosure () -> String, _ body: () -> Result
) throws(SystemError) -> Result {
  while true {
    let result = body()
    if result != -1 { return result }
    let code = errno
    if code == EINTR { continue }
    throw SystemError(errno: code, attempt: attempt())
  }
}
