import ISCSI
import TargetService
import Testing

/// Sessions of several connections (MC/S).
@Suite struct ISCSISharedSessionTests {
  private static let ready = CommandDescriptorBlock([0])
  private static let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 8, 0, 0, 1])

  private static let keys = ["MaxRecvDataSegmentLength=262144", "InitialR2T=No", "ImmediateData=Yes"]

  /// A session of so many connections, wherever the threads of each would have been.
  private func connect(_ target: ISCSITarget, _ count: Int) throws -> [ISCSIInitiator] {
    let first = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
    try first.login(Self.keys + ["MaxConnections=4"])
    var all = [first]
    for cid in 1..<count {
      let next = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try next.join(first, cid: UInt16(cid))
      all.append(next)
    }
    return all
  }

  @Test(arguments: [2, 3, 4]) func commandsRunInTheirOrderOnWhateverConnectionTheyCome(count: Int)
    async throws
  {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, count)
      #expect(target.server.status().sessions.count == 1)
      var cmdSN = connections[0].cmdSN
      for round in 0..<20 {
        // The last of each round is sent first: it has to wait for the others.
        for (offset, connection) in connections.enumerated().reversed() {
          connection.cmdSN = cmdSN &+ UInt32(offset)
          try connection.start(
            tag: connection.cmdSN, Self.write, write: 512,
            dataOut: [UInt8](repeating: UInt8(truncatingIfNeeded: round * 8 + offset), count: 512))
        }
        for (offset, connection) in connections.enumerated() {
          let response = try connection.receive { SCSIResponsePDU($0) }
          #expect(response.status == 0)
          // Allegiance: the answer comes where the command came.
          #expect(response.initiatorTaskTag == cmdSN &+ UInt32(offset))
        }
        cmdSN &+= UInt32(count)
        let last = UInt8(truncatingIfNeeded: round * 8 + count - 1)
        #expect(try target.contents(offset: 4096, count: 1) == [last])
      }
    }
  }

  /// Two that wait for the same missing command once kept waking each other, and the thread from everything else.
  @Test func connectionsThatWaitLeaveTheThreadFree() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 3)
      let cmdSN = connections[0].cmdSN
      for offset in [2, 1] {
        connections[offset].cmdSN = cmdSN &+ UInt32(offset)
        try connections[offset].start(tag: UInt32(offset), Self.ready)
      }
      for tag in 100..<103 {
        let ping = NOPOutPDU(initiatorTaskTag: UInt32(tag), cmdSN: cmdSN)
        try connections[0].send { ping.encode(to: $0) }
        #expect(try connections[0].receive { NOPInPDU($0) }.initiatorTaskTag == UInt32(tag))
      }
      try connections[0].start(tag: 0, Self.ready)
      for (offset, connection) in connections.enumerated() {
        #expect(try connection.receive { SCSIResponsePDU($0) }.initiatorTaskTag == UInt32(offset))
      }
    }
  }

  @Test func aConnectionCanLogOutAlone() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 3)
      func logout(_ reason: LogoutRequestPDU.Reason, cid: UInt16) throws -> LogoutResponsePDU.Outcome {
        var request = LogoutRequestPDU(reason: reason, initiatorTaskTag: 900, cmdSN: connections[0].cmdSN)
        request.cid = cid
        try connections[0].send { request.encode(to: $0) }
        return try connections[0].receive { LogoutResponsePDU($0) }.outcome
      }
      #expect(try logout(.removeForRecovery, cid: 1) == .recoveryNotSupported)
      #expect(try logout(.closeConnection, cid: 9) == .cidNotFound)
      #expect(try logout(.closeConnection, cid: 1) == .closed)
      #expect(connections[1].isClosedByTarget())
      connections[2].cmdSN = connections[0].cmdSN
      #expect(try connections[2].command(Self.ready) == 0)
      #expect(target.server.status().sessions.count == 1)
      #expect(try logout(.closeSession, cid: 0) == .closed)
      #expect(connections[0].isClosedByTarget() && connections[2].isClosedByTarget())
      #expect(await eventually { target.server.status().sessions.isEmpty })
    }
  }

  @Test func aLostConnectionEndsTheSession() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 2)
      connections[1].close()
      #expect(connections[0].isClosedByTarget())
      #expect(await eventually { target.server.status().sessions.isEmpty })
    }
  }

  @Test func aConnectionMadeAnewTakesThePlaceOfTheOld() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 2)
      let again = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try again.join(connections[0], cid: 1)
      #expect(connections[1].isClosedByTarget())
      again.cmdSN = connections[0].cmdSN
      #expect(try again.command(Self.ready) == 0)
      connections[0].cmdSN = again.cmdSN
      #expect(try connections[0].command(Self.ready) == 0)
    }
  }

  @Test func whoMayNotJoinIsRefused() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 4)
      let first = connections[0]
      let fifth = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      #expect(try fifth.tryJoin(tsih: first.tsih, cid: 9) == .tooManyConnections)
      let stranger = try ISCSIInitiator(target, name: "iqn.b", isid: 1)
      #expect(try stranger.tryJoin(tsih: first.tsih, cid: 9) == .sessionDoesNotExist)
      let elsewhere = try ISCSIInitiator(target, name: "iqn.a", isid: 2)
      #expect(try elsewhere.tryJoin(tsih: first.tsih, cid: 9) == .sessionDoesNotExist)
      let nowhere = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      #expect(try nowhere.tryJoin(tsih: first.tsih &+ 1, cid: 9) == .sessionDoesNotExist)
      #expect(try first.command(Self.ready) == 0)
    }
  }

  /// Each time both ended at once the window lost a place, until none was left.
  @Test func anOrderedTaskThatWaitedForAnotherConnectionKeepsTheWindowOpen() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 2)
      let (first, second) = (connections[0], connections[1])
      for _ in 0..<300 {
        let tag = first.cmdSN
        try first.start(tag: tag, Self.write, write: 512)
        let request = try first.receive { ReadyToTransferPDU($0) }
        var ordered = SCSICommandPDU(
          initiatorTaskTag: tag &+ 1, cmdSN: first.takeCommandNumber(), cdb: Self.ready)
        ordered.attribute = 2
        try second.send { ordered.encode(to: $0) }
        let data = DataOutPDU(
          initiatorTaskTag: tag, targetTransferTag: request.targetTransferTag, dataSN: 0, bufferOffset: 0,
          dataLength: 512)
        try first.send([UInt8](repeating: 5, count: 512)) { data.encode(to: $0) }
        #expect(try first.receive { SCSIResponsePDU($0) }.status == 0)
        #expect(try second.receive { SCSIResponsePDU($0) }.status == 0)
      }
    }
  }

  @Test func aConnectionWithACommandThatWaitsForDataIsLoggedOutFromAnother() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 2)
      let (first, second) = (connections[0], connections[1])
      second.cmdSN = first.cmdSN
      try second.start(tag: 77, Self.write, write: 512)
      _ = try second.receive { ReadyToTransferPDU($0) }
      first.cmdSN = second.cmdSN
      var logout = LogoutRequestPDU(reason: .closeConnection, initiatorTaskTag: 9, cmdSN: first.cmdSN)
      logout.cid = 1
      try first.send { logout.encode(to: $0) }
      #expect(try first.receive { LogoutResponsePDU($0) }.outcome == .closed)
      #expect(second.isClosedByTarget())
      #expect(try first.command(Self.ready) == 0)
    }
  }

  @Test func aTaskIsAbortedFromAnotherConnection() async throws {
    try await ISCSITarget.with(megabytes: 1) { target in
      let connections = try connect(target, 2)
      let (first, second) = (connections[0], connections[1])
      second.cmdSN = first.cmdSN
      // Without its data it stays.
      try second.start(tag: 77, Self.write, write: 512)
      _ = try second.receive { ReadyToTransferPDU($0) }
      var abort = TaskManagementRequestPDU(function: .abortTask, initiatorTaskTag: 6, cmdSN: second.cmdSN)
      abort.referencedTaskTag = 77
      try first.send { abort.encode(to: $0) }
      #expect(try first.receive { TaskManagementResponsePDU($0) }.outcome == .complete)
      first.cmdSN = second.cmdSN
      #expect(try first.command(Self.ready) == 0)
    }
  }
}
