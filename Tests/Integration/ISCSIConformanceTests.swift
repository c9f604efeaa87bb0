import TargetService
import Testing

/// The families of libiscsi's test suite that are about iSCSI and plain reading and writing.
@Suite(.serialized) struct ISCSIConformanceTests {
  private static let families = [
    "iSCSIcmdsn", "iSCSIdatasn", "iSCSIResiduals", "iSCSITMF", "Inquiry", "Mandatory", "Read6", "Read10",
    "Read12",
    "Read16", "ReadCapacity10", "ReadCapacity16", "ReadOnly", "TestUnitReady", "Write10", "Write12",
    "Write16",
  ]

  @Test(arguments: families) func family(_ name: String) async throws {
    try await ISCSITarget.with(megabytes: 64) { target in
      let result = try await ISCSITarget.output(
        "iscsi-test-cu", ["--dataloss", "--test=ALL.\(name)", target.url()])
      // CUnit's summary: number of tests, run, passed, failed, inactive.
      let summary = result.text.split(separator: "\n").first { $0.contains(" tests ") }
      let counts = (summary ?? "").split(separator: " ").compactMap { Int($0) }
      #expect(counts.count == 5 && counts[0] > 0 && counts[2] == counts[0], "\(result.text)")
      #expect(target.server.status().units.first?.counters.commands ?? 0 > 0)
    }
  }
}
