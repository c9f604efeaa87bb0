import Linux

/// Asks the network's DHCP server for an address.
public enum DHCPClient {
  /// Tries to get a lease on an interface that is up and has no address. Changes nothing on the interface.
  ///
  /// Asks at 0, 1, 2, 4, 6, 10, 18, 34, 66 s and every 64 s from then on, until `timeout` is over. Several interfaces
  /// can be asked at the same time. Keep the lease alive with `LeaseKeeper`.
  ///
  /// - Returns: nil if no server answered in time, or if the task was cancelled.
  /// - Throws: `SystemError` if the interface does not exist or the kernel refuses the sockets.
  public static func acquire(
    interface: String, timeout: Duration, hostName: String? = nil
  ) async throws(SystemError) -> Lease? {
    let limit = ContinuousClock.now + timeout
    let cancellation = Cancellation(flag: try EventFlag())
    let result = await withTaskCancellationHandler {
      await inThread { () throws(SystemError) -> Lease? in
        try lease(interface: interface, hostName: hostName, limit: limit, cancelled: cancellation.flag)
      }
    } onCancel: {
      cancellation.flag.raise()
    }
    return try result.get()
  }

  private final class Cancellation: Sendable {
    /// Never lowered.
    let flag: EventFlag
    init(flag: consuming EventFlag) { self.flag = flag }
  }

  /// Swift's pool must not be blocked, so waiting is done elsewhere.
  private static func inThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SystemError) -> Value
  ) async -> Result<Value, SystemError> {
    typealias Outcome = Result<Value, SystemError>
    var thread: ServiceThread?
    let result = await withCheckedContinuation { (continuation: CheckedContinuation<Outcome, Never>) in
      do throws(SystemError) {
        thread = try ServiceThread(name: "dhcp-client") {
          continuation.resume(returning: Outcome(catching: body))
        }
      } catch {
        continuation.resume(returning: .failure(error))
      }
    }
    thread?.join()
    return result
  }

  /// Waits in the calling thread until there is a lease, `limit` is over (nil) or `cancelled` is raised (nil).
  static func lease(
    interface: String, hostName: String?, limit: ContinuousClock.Instant, cancelled: borrowing EventFlag
  ) throws(SystemError) -> Lease? {
    var link = try ClientLink.open(interface: interface, hostName: hostName, lease: nil)
    while .now < limit, try !pollReadable([cancelled.number], timeout: .zero)[0] {
      for case .obtained(let lease) in try link.step(limit: limit, wakeUp: cancelled.number) { return lease }
    }
    return nil
  }
}
