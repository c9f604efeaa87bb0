import Glibc

/// Collects ended children: PID 1 inherits every orphan of the system, and nobody else waits for any.
enum ProcessReaper {
  /// The children that have ended since the last call.
  static func collect() -> [pid_t] {
    var ended: [pid_t] = []
    while true {
      let child = waitpid(-1, nil, WNOHANG)
      if child > 0 {
        ended.append(child)
      } else if child == 0 || errno != EINTR {
        return ended
      }
    }
  }
}
