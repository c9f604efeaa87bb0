import Histogram
import SCSI
import Synchronization

/// How long the commands of one ring thread to one unit take, from their arrival to their status.
///
/// One for each thread: recording waits for nobody but who reads the figures.
final class LatencyRecorder: Sendable {
  /// In nanoseconds, to one microsecond or one percent; what takes longer than a minute counts as a minute.
  private static let range: (lowest: UInt64, highest: UInt64) = (1024, 60_000_000_000)

  private struct State {
    var histograms = CommandKind.allCases.map { _ in LatencyRecorder.makeHistogram() }
    var sums = [UInt64](repeating: 0, count: CommandKind.allCases.count)
  }

  private static func makeHistogram() -> Histogram<UInt64> {
    Histogram(
      lowestDiscernibleValue: range.lowest, highestTrackableValue: range.highest,
      numberOfSignificantValueDigits: .two)
  }

  private let state = Mutex(State())

  /// - Parameter nanoseconds: from arrival to status.
  @inline(__always) func record(_ kind: CommandKind, nanoseconds: UInt64) {
    let value = min(nanoseconds, LatencyRecorder.range.highest)
    state.withLock { state in
      state.histograms[Int(kind.rawValue)].record(value)
      state.sums[Int(kind.rawValue)] &+= value
    }
  }

  /// What several recorders have together.
  static func summary(of recorders: [LatencyRecorder]) -> TargetStatus.Latencies {
    var histograms = CommandKind.allCases.map { _ in makeHistogram() }
    var sums = [UInt64](repeating: 0, count: CommandKind.allCases.count)
    for recorder in recorders {
      recorder.state.withLock { state in
        for index in histograms.indices {
          histograms[index].add(state.histograms[index])
          sums[index] &+= state.sums[index]
        }
      }
    }
    func summary(_ kind: CommandKind) -> TargetStatus.Latency {
      let index = Int(kind.rawValue)
      return TargetStatus.Latency(histograms[index], sum: sums[index])
    }
    return TargetStatus.Latencies(
      read: summary(.read), write: summary(.write), flush: summary(.flush), other: summary(.other))
  }
}

extension TargetStatus.Latency {
  init(_ histogram: Histogram<UInt64>, sum: UInt64) {
    self.init(
      count: histogram.totalCount, sum: sum, p50: histogram.valueAtPercentile(50),
      p90: histogram.valueAtPercentile(90), p99: histogram.valueAtPercentile(99),
      p999: histogram.valueAtPercentile(99.9), maximum: histogram.totalCount == 0 ? 0 : histogram.max)
  }
}
