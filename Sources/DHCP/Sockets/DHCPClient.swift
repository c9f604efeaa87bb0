import Linux

/// Asks the network's DHCP server for an address.
public enum DHCPClient {
  /// Tries to get a lease on an interface that is up and has no address. Changes nothing on the interface.
  ///
  /// Asks at 0, 1, 2, 4, 6 and 10 s, and every 8 s from then on, until `timeout` is over. Several interfaces can be
  /// asked at the same time. Keep the lease alive with `LeaseKeeper`.
  ///
  /// - Returns: nil if no server answered in time, or if the task was cancelled.
  /// - Throws: `SystemError` if the interface does not exist or the kernel refuses the sockets.
  public static func acquire(
    interface: String, timeout: Duration, hostName: String? = nil
  ) async throws(SystemError) -> Lease? {
    let attempt = Attempt(
      interface: interface, hostName: hostName, limit: .now + timeout, cancelled: try EventFlag())
    let result = await withTaskCancellationHandler {
      await attempt.result()
    } onCancel: {
      attempt.cancelled.raise()
    }
    return try result.get()
  }

  private final class Attempt: Sendable {
    private let interface: String
    private let hostName: String?
    private let limit: ContinuousClock.Instant
    /// Never lowered.
    let cancelled: EventFlag

    init(
      interface: String, hostName: String?, limit: ContinuousClock.Instant, cancelled: consuming EventFlag
    ) {
      self.interface = interface
      self.hostName = hostName
      self.limit = limit
      self.cancelled = cancelled
    }

    /// Waits in a thread of its own: Swift's pool must not be blocked.
    func result() async -> Result<Lease?, SystemError> {
      var thread: ServiceThread?
      let result = await withCheckedContinuation {
        (continuation: CheckedContinuation<Result<Lease?, SystemError>, Never>) in
        do throws(SystemError) {
          thread = try ServiceThread(name: "dhcp-client") { [self] in
            do throws(SystemError) {
              continuation.resume(returning: .success(try run()))
            } catch {
              continuation.resume(returning: .failure(error))
            }
          }
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      thread?.join()
      return result
    }

    private func run() throws(SystemError) -> Lease? {
      var link = try ClientLink.open(interface: interface, hostName: hostName, lease: nil)
      while .now < limit, try !pollReadable([cancelled.number], timeout: .zero)[0] {
        for case .obtained(let lease) in try link.step(limit: limit, wakeUp: cancelled.number) {
          return lease
        }
      }
      return nil
    }
  }
}
