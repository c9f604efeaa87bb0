import ISCSI
import TargetService
import Testing

/// Commands that have to do with each other: order, atomicity, ends.
@Suite struct ISCSIOrderTests {
  private static let ready = CommandDescriptorBlock([0])
  private static let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 8, 0, 0, 1])

  private func start(
    _ initiator: ISCSIInitiator, tag: UInt32, _ cdb: CommandDescriptorBlock, attribute: UInt8, write: Int = 0,
    dataOut: [UInt8] = []
  ) throws {
    var command = SCSICommandPDU(initiatorTaskTag: tag, cmdSN: initiator.cmdSN, cdb: cdb)
    command.attribute = attribute
    command.isWrite = write > 0
    command.expectedLength = UInt32(write)
    command.dataLength = dataOut.count
    initiator.cmdSN += 1
    try initiator.send(dataOut) { command.encode(to: $0) }
  }

  @Test func orderedTasksWaitAndOthersWaitForThem() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login(["InitialR2T=No", "ImmediateData=Yes"])
      // The first write lacks its data, so all behind it that is not urgent has to wait.
      try start(initiator, tag: 1, Self.write, attribute: 1, write: 512)
      let request = try initiator.receive { ReadyToTransferPDU($0) }
      try start(
        initiator, tag: 2, Self.write, attribute: 2, write: 512, dataOut: [UInt8](repeating: 2, count: 512))
      try start(initiator, tag: 3, Self.ready, attribute: 1)
      try start(initiator, tag: 4, Self.ready, attribute: 3)
      #expect(try initiator.receive { SCSIResponsePDU($0) }.initiatorTaskTag == 4)
      let data = DataOutPDU(
        initiatorTaskTag: 1, targetTransferTag: request.targetTransferTag, dataSN: 0, bufferOffset: 0,
        dataLength: 512)
      try initiator.send([UInt8](repeating: 1, count: 512)) { data.encode(to: $0) }
      for tag: UInt32 in 1...3 {
        #expect(try initiator.receive { SCSIResponsePDU($0) }.initiatorTaskTag == tag)
      }
      #expect(try target.contents(offset: 4096, count: 1) == [2])
      // There is no auto contingent allegiance.
      try start(initiator, tag: 5, Self.ready, attribute: 4)
      #expect(try initiator.receive { SCSIResponsePDU($0) }.status == 2)
    }
  }

  @Test func tasksThatWaitCanBeAborted() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login(["InitialR2T=No", "ImmediateData=Yes"])
      try start(initiator, tag: 1, Self.write, attribute: 1, write: 512)
      _ = try initiator.receive { ReadyToTransferPDU($0) }
      try start(
        initiator, tag: 2, Self.write, attribute: 2, write: 512, dataOut: [UInt8](repeating: 2, count: 512))
      try start(
        initiator, tag: 3, Self.write, attribute: 1, write: 512, dataOut: [UInt8](repeating: 3, count: 512))
      let abort = TaskManagementRequestPDU(
        function: .abortTaskSet, initiatorTaskTag: 6, cmdSN: initiator.cmdSN)
      try initiator.send { abort.encode(to: $0) }
      #expect(try initiator.receive { TaskManagementResponsePDU($0) }.outcome == .complete)
      #expect(try initiator.command(Self.ready) == 0)
      #expect(try target.contents(offset: 4096, count: 1) == [0])
    }
  }

  /// One initiator increments a counter by COMPARE AND WRITE, others write beside it; no increment gets lost, and
  /// no plain write comes between a comparison and its write.
  @Test func compareAndWriteIsAtomicAmongWrites() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(allowsSeveralWriters: true)) { target in
      let cas = CommandDescriptorBlock([0x89, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1])
      func block(_ number: UInt32) -> [UInt8] {
        (0..<512).map { UInt8(truncatingIfNeeded: number >> UInt32($0 % 4 * 8)) }
      }
      try await withThrowingTaskGroup(of: UInt32.self) { group in
        for index in 0..<4 {
          group.addTask {
            let initiator = try ISCSIInitiator(target, name: "iqn.\(index)", isid: 1)
            try initiator.login()
            var successes: UInt32 = 0
            var guess: UInt32 = 0
            while successes < 50 {
              let status = try initiator.command(cas, write: 1024, dataOut: block(guess) + block(guess + 1))
              if status == 0 { successes += 1 }
              guess += 1
              if status != 0 {
                let now = try target.contents(offset: 4096, count: 4)
                guess = now.reversed().reduce(0) { $0 << 8 | UInt32($1) }
              }
              // Beside the counter: it only has to pass the same gate.
              let other = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 16 + UInt8(index), 0, 0, 1])
              _ = try initiator.command(other, write: 512, dataOut: block(guess))
            }
            return successes
          }
        }
        var total: UInt32 = 0
        for try await count in group { total += count }
        #expect(try target.contents(offset: 4096, count: 512) == block(total))
      }
    }
  }

  @Test func preemptAndAbortEndsTheTasksOfOthers() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(allowsSeveralWriters: true)) { target in
      let victim = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try victim.login(["InitialR2T=No", "ImmediateData=Yes"])
      let other = try ISCSIInitiator(target, name: "iqn.b", isid: 1)
      try other.login(["InitialR2T=No", "ImmediateData=Yes"])
      func reserve(
        _ initiator: ISCSIInitiator, _ action: UInt8, key: UInt8, action other: UInt8, type: UInt8 = 0
      )
        throws -> UInt8
      {
        var list = [UInt8](repeating: 0, count: 24)
        list[7] = key
        list[15] = other
        let cdb = CommandDescriptorBlock([0x5F, action, type, 0, 0, 0, 0, 0, 24])
        return try initiator.command(cdb, write: 24, dataOut: list)
      }
      #expect(try reserve(victim, 0, key: 0, action: 1) == 0)
      #expect(try reserve(other, 0, key: 0, action: 2) == 0)
      #expect(try reserve(victim, 1, key: 1, action: 0, type: 3) == 0)
      try victim.start(tag: 500, Self.write, write: 512)
      let request = try victim.receive { ReadyToTransferPDU($0) }
      #expect(try reserve(other, 5, key: 2, action: 1, type: 3) == 0)
      let data = DataOutPDU(
        initiatorTaskTag: 500, targetTransferTag: request.targetTransferTag, dataSN: 0, bufferOffset: 0,
        dataLength: 512)
      try victim.send([UInt8](repeating: 9, count: 512)) { data.encode(to: $0) }
      // REGISTRATIONS PREEMPTED, then the conflict.
      #expect(try victim.command(Self.ready) == 2)
      #expect(try victim.command(Self.write, write: 512, dataOut: [UInt8](repeating: 9, count: 512)) == 0x18)
      #expect(try target.contents(offset: 4096, count: 1) == [0])
    }
  }

  @Test func whoKnowsPingsIsAskedToLogOutWhenTheTargetStops() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      let firmware = try ISCSIInitiator(target, name: "iqn.a", isid: 2)
      try firmware.login()
      try initiator.send { NOPOutPDU(initiatorTaskTag: 6, cmdSN: initiator.cmdSN).encode(to: $0) }
      _ = try initiator.receive()
      target.server.stop(drain: .seconds(3))
      let message = try initiator.receive { AsyncMessagePDU($0) }
      #expect(message.event == .logoutRequest(seconds: 3))
      #expect(initiator.isClosedByTarget() && firmware.isClosedByTarget())
    }
  }

  @Test func loginsAreSentToAnotherPortal() async throws {
    try await ISCSITarget.with(megabytes: 1) { real in
      let settings = ISCSITarget.Settings(redirection: .init(address: "127.0.0.1", port: real.port))
      try await ISCSITarget.with(megabytes: 1, settings) { decoy in
        let answer = try await ISCSITarget.output("iscsi-inq", ["-i", "iqn.a:one", decoy.url()])
        #expect(answer.text.contains("Vendor:RAMDISK"), "\(answer.text)")
        #expect(real.events.all.contains(.loggedIn(initiator: "iqn.a:one", address: "127.0.0.1")))
        #expect(decoy.server.status().units.first?.counters.commands == 0)
      }
    }
  }

  @Test func discoveryNamesEveryPortal() async throws {
    try await ISCSITarget.with(megabytes: 1, .init(addresses: ["127.0.0.1", "::1"])) { target in
      let listing = try await ISCSITarget.output("iscsi-ls", ["iscsi://\(target.server.portals[1])"])
      for portal in target.server.portals {
        #expect(listing.text.contains("Target:\(ISCSITarget.iqn) Portal:\(portal),1"), "\(listing.text)")
      }
    }
  }
}
