import Glibc
import Linux

/// Places at which a test makes the program fail or die, to see that it recovers.
public struct FaultPoints: Sendable {
  private let body: @Sendable (String) throws -> Void

  /// - Parameter body: called with the name of each place that is passed; throws to fail there.
  public init(_ body: @escaping @Sendable (String) throws -> Void) { self.body = body }

  /// No faults.
  public static let none = FaultPoints { _ in }

  func reach(_ name: String) throws { try body(name) }

  #if DEBUG
    /// Kills the process at the place with the number in `RAMDISK_INSTALL_FAIL_AT`, counted from 1. Debug builds only.
    public static func fromEnvironment() -> FaultPoints {
      guard let text = getenv("RAMDISK_INSTALL_FAIL_AT"), let last = Int(String(cString: text)) else {
        return .none
      }
      let counter = Counter()
      return FaultPoints { name in
        guard counter.next() == last else { return }
        try? Linux.writeAll(
          STDERR_FILENO, Array("killed at place \(last): \(name)\n".utf8), to: "standard error")
        kill(getpid(), SIGKILL)
      }
    }
  #endif
}

#if DEBUG
  import Synchronization

  private final class Counter: Sendable {
    private let value = Atomic<Int>(0)
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
  }
#endif

/// Thrown by a test's fault point in place of a kill: nothing is cleaned up on its way.
public struct SimulatedKill: Error, Hashable, Sendable {
  public init() {}
}
