import TargetService

/// A page of metrics as it grows.
struct MetricsPage {
  typealias Label = (name: String, value: String)

  private(set) var text = ""

  /// Adds a metric with its samples; one without samples is left out.
  mutating func add(_ name: String, _ type: String, _ help: String, _ samples: [([Label], Double)]) {
    if samples.isEmpty { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    for (labels, value) in samples { addSample(name, labels, value) }
  }

  /// Adds latencies as summaries, in seconds.
  mutating func addSummaries(_ name: String, _ help: String, _ samples: [([Label], TargetStatus.Latency)]) {
    if samples.isEmpty { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) summary\n"
    for (labels, latency) in samples {
      let quantiles = [
        ("0.5", latency.p50), ("0.9", latency.p90), ("0.99", latency.p99), ("0.999", latency.p999),
        ("1", latency.maximum),
      ]
      for (quantile, value) in quantiles where latency.count > 0 {
        addSample(name, labels + [("quantile", quantile)], Double(value) / 1e9)
      }
      addSample("\(name)_sum", labels, Double(latency.sum) / 1e9)
      addSample("\(name)_count", labels, Double(latency.count))
    }
  }

  private mutating func addSample(_ name: String, _ labels: [Label], _ value: Double) {
    let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for character in value {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
