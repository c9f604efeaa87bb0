import Testing

@testable import Runtime
@testable import TargetService

@Suite struct MetricsTests {
  private var status: RuntimeStatus {
    func latency(_ count: UInt64) -> TargetStatus.Latency {
      .init(
        count: count, sum: count * 2_000_000, p50: 1_500_000, p90: 2_000_000, p99: 3_000_000, p999: 4_000_000,
        maximum: 5_000_000)
    }
    let none = TargetStatus.Latency(count: 0, sum: 0, p50: 0, p90: 0, p99: 0, p999: 0, maximum: 0)
    var counters = TargetStatus.Counters()
    counters.commands = 12
    counters.outstanding = 2
    counters.bytesRead = 4096
    var status = RuntimeStatus()
    status.phase = .ready
    status.target = TargetStatus(
      iqn: "iqn.2025-01.org.example:x", portals: [],
      sessions: [
        .init(
          initiator: #"a "quoted\" name"#, alias: "", address: "192.168.200.2", tsih: 1, isDiscovery: false,
          counters: .init(commands: 12, outstanding: 2, bytesRead: 4096, bytesWritten: 0, checkConditions: 1))
      ],
      units: [
        .init(
          lun: 3, path: "/dev/sda", bytes: 1 << 30, isReadOnly: false, counters: counters,
          latency: .init(read: latency(10), write: none, flush: none, other: none))
      ])
    return status
  }

  @Test func prometheusCanReadThem() {
    let lines = Metrics.text(status).split(separator: "\n").map(String.init)
    #expect(lines.contains("ramdisk_ready 1.0"))
    #expect(lines.contains(#"iscsi_lun_commands_total{lun="3"} 12.0"#))
    #expect(lines.contains(#"iscsi_lun_outstanding_commands{lun="3"} 2.0"#))
    #expect(lines.contains(#"iscsi_lun_latency_seconds{lun="3",command="read",quantile="0.5"} 0.0015"#))
    #expect(lines.contains(#"iscsi_lun_latency_seconds_sum{lun="3",command="read"} 0.02"#))
    #expect(lines.contains(#"iscsi_lun_latency_seconds_count{lun="3",command="read"} 10.0"#))
    // No quantile of nothing.
    #expect(lines.contains(#"iscsi_lun_latency_seconds_count{lun="3",command="write"} 0.0"#))
    #expect(!lines.contains { $0.contains(#"command="write",quantile"#) })
    #expect(
      lines.contains(
        #"iscsi_session_read_bytes_total{initiator="a \"quoted\\\" name",address="192.168.200.2",tsih="1"} 4096.0"#
      ))
    // Each metric is described once, before its samples.
    let described = lines.filter { $0.hasPrefix("# TYPE ") }
    #expect(Set(described).count == described.count)
  }

  @Test func peopleCanReadThem() {
    let lines = TrafficTable.lines(status.target)
    #expect(lines.contains("LUN 3     4.1 kB read, 0 bytes written, 2 commands under way, 0 errors"))
    #expect(lines.contains("  read 10: half within 1.5 ms, 99 % within 3.0 ms, longest 5.0 ms"))
    #expect(lines.count == 3)
  }

  @Test(arguments: [(900, "0 µs"), (17_900, "17 µs"), (1_340_000, "1.3 ms"), (60_000_000_000, "60.0 s")])
  func times(nanoseconds: UInt64, text: String) { #expect(TrafficTable.timeText(nanoseconds) == text) }
}
