import FoundationEssentials
import Linux
import Synchronization
import TargetService

/// The present state, readable from any thread.
final class StatusBoard: Sendable {
  private struct State {
    var status = RuntimeStatus()
    var target: TargetServer?
  }

  private let state = Mutex(State())

  func publish(_ status: RuntimeStatus) { state.withLock { $0.status = status } }

  func publish(_ target: TargetServer?) { state.withLock { $0.target = target } }

  /// The target that was published last.
  var target: TargetServer? { state.withLock { $0.target } }

  /// What was published, with the counters of this moment.
  var current: RuntimeStatus {
    let (status, target) = state.withLock { ($0.status, $0.target) }
    var current = status
    current.target = target?.status()
    current.memory = SystemMemory.current
    return current
  }

  /// `current` for Prometheus.
  var metrics: [UInt8] { Array(Metrics.text(current).utf8) }

  /// `current` as JSON with sorted keys.
  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(current) else { return Array("{}".utf8) }
    return Array(data)
  }
}
