import Glibc
import Linux

/// Does something on a thread of its own and waits for its end, but not for ever: what waits for a disk may never come
/// back, and nobody else can do the work of PID 1's only thread.
///
/// - Returns: whether it has ended within `limit`; it goes on if not.
func finishes(_ name: String, within limit: Duration, _ body: @escaping @Sendable () -> Void) -> Bool {
  let ended = try? EventSignal()
  let thread = try? ServiceThread(name: name) {
    body()
    ended?.raise()
  }
  guard thread != nil else { return false }
  guard let ended else {
    sleep(UInt32(clamping: limit.components.seconds))
    return false
  }
  return (try? pollReadable([ended.number], timeout: limit)) == [true]
}
