import Glibc

/// Takes a BSD lock (flock(2)) and tries again for a while where another holds it.
///
/// A process that is being started holds a copy of each descriptor of its parent until it executes, and with it locks of
/// files that the parent has closed; udev locks a device for the moment it probes it.
///
/// - Parameters:
///   - operation: `LOCK_EX` or `LOCK_SH`.
///   - patience: how long to try; zero tries once.
/// - Throws: `SystemError`; EWOULDBLOCK where it is still locked then.
public func lockFile(
  _ descriptor: Int32, _ operation: Int32, path: String, patience: Duration
) throws(SystemError) {
  let deadline = ContinuousClock.now + patience
  while true {
    do {
      try syscall("lock \(path)") { flock(descriptor, operation | LOCK_NB) }
      return
    } catch {
      guard error.errno == EWOULDBLOCK, ContinuousClock.now < deadline else { throw error }
      _ = poll(nil, 0, 20)
    }
  }
}
