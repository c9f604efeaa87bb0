import Glibc

/// Sleeps until one of the descriptors is readable (or broken) or `timeout` is over; nil waits for ever.
///
/// - Returns: for each descriptor whether reading it now makes sense.
public func pollReadable(_ descriptors: [Int32], timeout: Duration?) throws(SystemError) -> [Bool] {
  var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  var milliseconds: Int32 = -1
  if let timeout {
    // Rounded up: waking a moment early would spin until the deadline has really passed.
    let (seconds, attoseconds) = max(timeout, .zero).components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let exact =
      overflow
      ? Int64.max
      : whole.addingReportingOverflow((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        .partialValue
    milliseconds = Int32(clamping: max(exact, 0))
  }
  // A signal only makes the caller look again: it computes its timeouts anew anyway.
  if poll(&entries, nfds_t(entries.count), milliseconds) < 0 {
    let code = errno
    guard code == EINTR else { throw SystemError(errno: code, attempt: "wait for packets") }
    return descriptors.map { _ in false }
  }
  return entries.map { $0.revents != 0 }
}
