import Synchronization

/// Memory that overlays have together, so that one that runs full leaves the machine alive.
public final class OverlayBudget: Sendable {
  /// Bytes in all.
  public let limit: UInt64
  private let taken = Atomic<UInt64>(0)

  public init(limit: UInt64) { self.limit = limit }

  /// Bytes in use.
  public var used: UInt64 { taken.load(ordering: .relaxed) }

  /// Takes `bytes`; false where there are not as many left.
  func take(_ bytes: UInt64) -> Bool {
    let before = taken.wrappingAdd(bytes, ordering: .relaxed).oldValue
    if before <= limit, bytes <= limit - before { return true }
    giveBack(bytes)
    return false
  }

  func giveBack(_ bytes: UInt64) { taken.wrappingSubtract(bytes, ordering: .relaxed) }
}
