import Linux

/// Does something on a thread of its own and waits for its end, but not for ever: what waits for a disk may never come
/// back, and nobody else can do the work of PID 1's only thread.
///
/// - Returns: whether it has ended within `limit`; it goes on if not.
func finishes(_ name: String, within limit: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
  guard let ended = try? EventSignal() else { return false }
  let thread = try? ServiceThread(name: name) {
    body()
    ended.raise()
  }
  return thread != nil && (try? pollReadable([ended.number], timeout: limit)) == [true]
}
