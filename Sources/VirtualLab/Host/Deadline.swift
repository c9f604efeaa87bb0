import Glibc

/// A point in time after which something awaited counts as failed.
public struct Deadline: Sendable {
  private let instant: ContinuousClock.Instant

  /// How many times as long everything may take, by the variable LAB_PATIENCE: on a host that has much else to do.
  private static let patience =
    getenv("LAB_PATIENCE").flatMap { Int(String(cString: $0)) }.map { min(max($0, 1), 100) } ?? 1

  public init(after duration: Duration) { instant = .now.advanced(by: duration * Self.patience) }

  public var hasPassed: Bool { ContinuousClock.now >= instant }

  /// Looks again and again until `condition` gives a value.
  ///
  /// - Returns: nil where the deadline passed first.
  /// - Throws: what `condition` throws, and `CancellationError`.
  func poll<Value>(_ condition: () async throws -> Value?) async throws -> Value? {
    while true {
      if let value = try await condition() { return value }
      if hasPassed { return nil }
      try await Task.sleep(for: .milliseconds(20))
    }
  }
}
