import Glibc
import TargetService
import Testing

/// The families of libiscsi's test suite for what this target implements.
@Suite(.serialized) struct ISCSIConformanceTests {
  private static let families = [
    "CompareAndWrite",
    "ExtendedCopy",
    "GetLBAStatus",
    "Inquiry",
    "Mandatory",
    "ModeSense6",
    "NoMedia",
    "OrWrite",
    "Prefetch10",
    "Prefetch16",
    "PreventAllow",
    "PrinReadKeys",
    "PrinReportCapabilities",
    "PrinServiceactionRange",
    "ProutClear",
    "ProutPreempt",
    "ProutRegister",
    "ProutReserve",
    "Read6",
    "Read10",
    "Read12",
    "Read16",
    "ReadCapacity10",
    "ReadCapacity16",
    "ReadDefectData10",
    "ReadDefectData12",
    "ReceiveCopyResults",
    "ReportSupportedOpcodes",
    "Reserve6",
    "StartStopUnit",
    "TestUnitReady",
    "Unmap",
    "Verify10",
    "Verify12",
    "Verify16",
    "Write10",
    "Write12",
    "Write16",
    "WriteAtomic16",
    "WriteSame10",
    "WriteSame16",
    "WriteVerify10",
    "WriteVerify12",
    "WriteVerify16",
    "iSCSIcmdsn",
    "iSCSIdatasn",
    "iSCSIResiduals",
    "iSCSITMF",
  ]

  @Test(arguments: families) func family(_ name: String) async throws {
    // Reservations are tested with two initiator names.
    try await ISCSITarget.with(megabytes: 64, .init(allowsSeveralWriters: true)) { target in
      guard name == "WriteAtomic16", target.store.atomicWriteLength > 0 else {
        return try await passes(name, target, [target.url()])
      }
      // `Simple` writes any number of blocks, whatever the limits in page B0h are.
      for test in ["BeyondEol", "ZeroBlocks", "WriteProtect", "DpoFua", "VPD"] {
        try await passes("\(name).\(test)", target, [target.url()])
      }
    }
  }

  @Test func aProtectedUnitRefusesEveryWrite() async throws {
    try await ISCSITarget.with(megabytes: 64, mode: .readOnly) { target in
      try await passes("ReadOnly", target, [target.url()])
    }
  }

  /// Families that do nothing without a medium that can be ejected.
  @Test(arguments: ["NoMedia", "PreventAllow", "StartStopUnit"])
  func aRemovableDisk(_ family: String) async throws {
    try await ISCSITarget.with(megabytes: 64, .init(allowsSeveralWriters: true, type: .removableDisk)) {
      target in
      try await passes(family, target, [target.url()])
    }
  }

  @Test(arguments: [
    "BlockErase", "BlockEraseReserved", "CryptoErase", "CryptoEraseReserved", "ExitFailureMode",
    "InvalidServiceAction", "Overwrite", "OverwriteReserved", "Readonly", "Reservations",
  ])
  func sanitizing(_ test: String) async throws {
    try await ISCSITarget.with(megabytes: 64, .init(allowsSeveralWriters: true, allowsSanitize: true)) {
      target in
      try await passes("Sanitize.\(test)", target, ["--allow-sanitize", target.url()])
    }
  }

  /// The suite wants to find the operation under way for seconds: the medium holds it up. At its end it looks once a minute.
  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
  func sanitizingGoesOnAfterResets() async throws {
    let medium = try RecordingMedium(at: "/tmp/iscsi-conformance-\(getpid())", bytes: 8 << 20)
    defer { medium.close() }
    var settings = ISCSITarget.Settings(allowsSeveralWriters: true, allowsSanitize: true)
    settings.disk = medium.path
    try await ISCSITarget.with(settings) { target in
      medium.holdFlushes()
      defer { medium.releaseFlushes() }
      async let released = eventually {
        let logins = target.events.all.count { if case .loggedIn = $0 { true } else { false } }
        guard logins >= 3, target.server.status().sessions.contains(where: { $0.counters.commands >= 2 })
        else {
          return false
        }
        medium.releaseFlushes()
        return true
      }
      try await passes("Sanitize.Reset", target, ["--allow-sanitize", target.url()])
      #expect(await released)
    }
  }

  /// Families that are not about disks alone.
  @Test(arguments: ["Inquiry", "Mandatory", "ReadCapacity10", "StartStopUnit", "TestUnitReady"])
  func aCompactDisc(_ family: String) async throws {
    try await ISCSITarget.with(megabytes: 64, mode: .readOnly, .init(type: .disc)) { target in
      try await passes(family, target, [target.url()])
    }
  }

  @Test func twoPathsLeadToOneUnit() async throws {
    try await ISCSITarget.with(
      megabytes: 64, .init(addresses: ["127.0.0.1", "::1"], allowsSeveralWriters: true)
    ) { target in
      let other = target.server.portals[1]
      try await passes(
        "MultipathIO", target, [target.url(), "iscsi://\(other)/\(ISCSITarget.iqn)/0"])
    }
  }

  @Test func twoPathsThroughTwoGroupsLeadToOneUnit() async throws {
    try await ISCSITarget.with(
      megabytes: 64, .init(addresses: ["127.0.0.1", "::1"], allowsSeveralWriters: true, groups: [1, 2])
    ) { target in
      let other = target.server.portals[1]
      try await passes(
        "MultipathIO", target, [target.url(), "iscsi://\(other)/\(ISCSITarget.iqn)/0"])
    }
  }

  private func passes(_ family: String, _ target: ISCSITarget, _ urls: [String]) async throws {
    let result = try await ISCSITarget.output(
      "iscsi-test-cu", ["--dataloss", "--test=ALL.\(family)"] + urls)
    // CUnit's summary: number of tests, run, passed, failed, inactive.
    let summary = result.text.split(separator: "\n").first { $0.contains(" tests ") }
    let counts = (summary ?? "").split(separator: " ").compactMap { Int($0) }
    #expect(counts.count == 5 && counts[0] > 0 && counts[2] == counts[0], "\(result.text)")
    #expect(target.server.status().units.first?.counters.commands ?? 0 > 0)
  }
}
