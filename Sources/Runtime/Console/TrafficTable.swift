import TargetService

/// What went over each disk, how long it took, and what each initiator has done: the end of `ramdiskd status`.
enum TrafficTable {
  static func lines(_ target: TargetStatus?) -> [String] {
    guard let target else { return [] }
    let sessions = target.sessions.filter { !$0.isDiscovery }
    return target.units.flatMap(lines) + sessions.map(line)
  }

  private static func lines(_ unit: TargetStatus.Unit) -> [String] {
    let counters = unit.counters
    var lines = [
      "LUN \(unit.lun)     \(Screen.sizeText(counters.bytesRead)) read, \(Screen.sizeText(counters.bytesWritten)) written, "
        + "\(Screen.countText(Int(clamping: counters.outstanding), "command")) under way, "
        + Screen.countText(Int(clamping: counters.errors), "error")
    ]
    let kinds = [
      ("read", unit.latency.read), ("write", unit.latency.write), ("flush", unit.latency.flush),
      ("other", unit.latency.other),
    ]
    for (name, latency) in kinds where latency.count > 0 {
      let figures = [
        ("half within", latency.p50), ("99 % within", latency.p99), ("longest", latency.maximum),
      ]
      lines.append(
        "  \(name) \(latency.count): "
          + figures.map { "\($0.0) \(timeText($0.1))" }.joined(separator: ", "))
    }
    return lines
  }

  private static func line(_ session: TargetStatus.Session) -> String {
    let counters = session.counters
    return
      "Session   \(session.initiator): \(Screen.countText(Int(clamping: counters.commands), "command")), "
      + "\(counters.outstanding) under way, \(Screen.sizeText(counters.bytesRead)) read, "
      + "\(Screen.sizeText(counters.bytesWritten)) written"
  }

  /// `17 µs`, `1.3 ms`, `2.0 s`.
  static func timeText(_ nanoseconds: UInt64) -> String {
    let microseconds = nanoseconds / 1000
    if microseconds < 1000 { return "\(microseconds) µs" }
    let (value, unit) = microseconds < 1_000_000 ? (microseconds / 100, "ms") : (microseconds / 100_000, "s")
    return "\(value / 10).\(value % 10) \(unit)"
  }
}
