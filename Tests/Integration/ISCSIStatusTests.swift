import Glibc
import ISCSI
import Testing

/// What the target tells of itself while it works.
@Suite struct ISCSIStatusTests {
  @Test func commandsAreCountedAndTimed() async throws {
    try await ISCSITarget.with { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      let data = [UInt8](repeating: 7, count: 4096)
      for _ in 0..<3 {
        #expect(
          try initiator.command(.init([0x2A, 0, 0, 0, 0, 8, 0, 0, 8]), write: 4096, dataOut: data) == 0)
      }
      for _ in 0..<5 {
        try initiator.start(tag: 9, .init([0x28, 0, 0, 0, 0, 8, 0, 0, 8]), read: 4096)
        let (header, received) = try initiator.receive()
        #expect(header[0] & 0x3F == Opcode.dataIn.rawValue)
        #expect(received == data)
      }
      #expect(try initiator.command(StampedWrite.synchronize) == 0)
      // An operation code that nobody knows.
      #expect(try initiator.command(.init([0xFF])) == 2)

      let status = target.server.status()
      let unit = try #require(status.units.first)
      #expect(unit.latency.write.count == 3)
      #expect(unit.latency.read.count == 5)
      #expect(unit.latency.flush.count == 1)
      #expect(unit.counters.outstanding == 0)
      for latency in [unit.latency.read, unit.latency.write, unit.latency.flush] {
        #expect(latency.p50 > 0 && latency.p50 <= latency.p99 && latency.p99 <= latency.maximum)
        #expect(latency.sum <= latency.count * latency.maximum)
        #expect(latency.maximum < 60_000_000_000)
      }

      let session = try #require(status.sessions.first)
      #expect(session.counters.bytesRead == 5 * 4096)
      #expect(session.counters.bytesWritten == 3 * 4096)
      #expect(session.counters.commands == unit.counters.commands)
      #expect(session.counters.outstanding == 0)
      #expect(session.counters.checkConditions >= 1)
    }
  }

  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
  func commandsUnderWayAreSeen() async throws {
    let medium = try RecordingMedium(at: "/tmp/iscsi-status-\(getpid())", bytes: 4 << 20)
    defer { medium.close() }
    var settings = ISCSITarget.Settings()
    settings.disk = medium.path
    try await ISCSITarget.with(settings) { target in
      defer { medium.releaseFlushes() }
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      medium.holdFlushes()
      try initiator.start(tag: 1, StampedWrite.synchronize)
      try #require(await eventually { medium.heldFlushes > 0 })
      let status = target.server.status()
      #expect(status.units.first?.counters.outstanding == 1)
      #expect(status.sessions.first?.counters.outstanding == 1)
      medium.releaseFlushes()
      #expect(try initiator.receive { SCSIResponsePDU($0) }.status == 0)
      #expect(target.server.status().units.first?.counters.outstanding == 0)
    }
  }
}
