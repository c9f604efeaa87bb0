import TargetService

/// The status in the text format of Prometheus (text/plain; version=0.0.4): `/metrics` and `ramdiskd status --metrics`.
enum Metrics {
  static func text(_ status: RuntimeStatus) -> String {
    var page = MetricsPage()
    page.add("ramdisk_ready", "gauge", "1 once initiators can boot.", [([], status.phase == .ready ? 1 : 0)])
    page.add(
      "ramdisk_problems", "gauge", "Number of things that are wrong.", [([], Double(status.problems.count))])
    if let memory = status.memory {
      page.add(
        "ramdisk_memory_used_bytes", "gauge", "RAM that cannot be had back.", [([], Double(memory.used))])
      page.add("ramdisk_memory_total_bytes", "gauge", "RAM of the machine.", [([], Double(memory.total))])
    }
    guard let target = status.target else { return page.text }
    page.add(
      "iscsi_sessions", "gauge", "Sessions at this moment.",
      [
        ([("type", "normal")], Double(target.sessions.count { !$0.isDiscovery })),
        ([("type", "discovery")], Double(target.sessions.count { $0.isDiscovery })),
      ])
    add(target.units, to: &page)
    add(target.sessions.filter { !$0.isDiscovery }, to: &page)
    return page.text
  }

  private static func add(_ units: [TargetStatus.Unit], to page: inout MetricsPage) {
    func add(_ name: String, _ type: String, _ help: String, _ value: (TargetStatus.Unit) -> UInt64) {
      page.add("iscsi_lun_\(name)", type, help, units.map { ([("lun", "\($0.lun)")], Double(value($0))) })
    }
    add("size_bytes", "gauge", "Size of the disk.") { $0.bytes }
    add("commands_total", "counter", "SCSI commands.") { $0.counters.commands }
    add("outstanding_commands", "gauge", "SCSI commands without their status.") { $0.counters.outstanding }
    add("read_bytes_total", "counter", "Bytes sent to initiators.") { $0.counters.bytesRead }
    add("written_bytes_total", "counter", "Bytes taken from initiators.") { $0.counters.bytesWritten }
    add("flushes_total", "counter", "Flushes asked for.") { $0.counters.flushes }
    add("errors_total", "counter", "Requests that the disk failed.") { $0.counters.errors }
    page.addSummaries(
      "iscsi_lun_latency_seconds", "From the arrival of a command to its status.",
      units.flatMap { unit -> [([MetricsPage.Label], TargetStatus.Latency)] in
        let latency = unit.latency
        let kinds = [
          ("read", latency.read), ("write", latency.write), ("flush", latency.flush),
          ("other", latency.other),
        ]
        return kinds.map { ([("lun", "\(unit.lun)"), ("command", $0.0)], $0.1) }
      })
  }

  private static func add(_ sessions: [TargetStatus.Session], to page: inout MetricsPage) {
    func add(
      _ name: String, _ type: String, _ help: String, _ value: (TargetStatus.SessionCounters) -> UInt64
    ) {
      page.add(
        "iscsi_session_\(name)", type, help,
        sessions.map { session in
          let labels = [
            ("initiator", session.initiator), ("address", session.address), ("tsih", "\(session.tsih)"),
          ]
          return (labels, Double(value(session.counters)))
        })
    }
    add("commands_total", "counter", "SCSI commands.") { $0.commands }
    add("outstanding_commands", "gauge", "SCSI commands without their status.") { $0.outstanding }
    add("read_bytes_total", "counter", "Bytes sent to the initiator.") { $0.bytesRead }
    add("written_bytes_total", "counter", "Bytes taken from the initiator.") { $0.bytesWritten }
    add("check_conditions_total", "counter", "Commands that ended with CHECK CONDITION.") {
      $0.checkConditions
    }
  }
}
