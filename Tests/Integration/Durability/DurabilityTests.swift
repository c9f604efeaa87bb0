import Glibc
import ISCSI
import Linux
import Testing

/// No status promises stable storage before the medium has said that the data is stable.
///
/// The medium's answers are held back: had the target sent a status without waiting for them, it would have come before
/// the answers to the pings that are sent meanwhile.
@Suite(.serialized, .enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
struct DurabilityTests {
  enum Backing: CaseIterable { case file, blockDevice }

  /// A command that ends only when something is stable.
  struct Promise: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let cdb: CommandDescriptorBlock
    var dataOut: [UInt8] = []
    var solicited = false

    static let sectors = 64..<80
    static let data = StampedWrite.data(sectors, version: 2)

    static let all: [Promise] = [
      .init(testDescription: "SYNCHRONIZE CACHE (10)", cdb: StampedWrite.synchronize),
      .init(testDescription: "SYNCHRONIZE CACHE (16)", cdb: .init([0x91])),
      .init(testDescription: "START STOP UNIT (stop)", cdb: .init([0x1B])),
      .init(testDescription: "WRITE (10)", cdb: .init([0x2A, 8, 0, 0, 0, 64, 0, 0, 16]), dataOut: data),
      .init(
        testDescription: "WRITE (12)", cdb: .init([0xAA, 8, 0, 0, 0, 64, 0, 0, 0, 16]), dataOut: data),
      .init(
        testDescription: "WRITE (16)", cdb: .init([0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 16]),
        dataOut: data),
      .init(
        testDescription: "WRITE (10), solicited", cdb: .init([0x2A, 8, 0, 0, 0, 64, 0, 0, 16]), dataOut: data,
        solicited: true),
      .init(
        testDescription: "COMPARE AND WRITE",
        cdb: .init([0x89, 8, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 16]),
        dataOut: [UInt8](repeating: 0, count: 8192) + data),
      .init(
        testDescription: "ORWRITE (16)", cdb: .init([0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 16]),
        dataOut: data),
    ]
  }

  private static func with(
    _ backing: Backing, _ body: (RecordingMedium, ISCSITarget) async throws -> Void
  ) async throws {
    let medium = try RecordingMedium(at: "/tmp/iscsi-medium-\(getpid())", bytes: 4 << 20)
    defer { medium.close() }
    var device: String?
    if backing == .blockDevice {
      let made = try await ISCSITarget.output("losetup", ["--find", "--show", medium.path])
      try #require(made.succeeded, "\(made.text)")
      device = made.text.split(separator: "\n").first.map(String.init)
    }
    var settings = ISCSITarget.Settings()
    settings.disk = device ?? medium.path
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(
        try await ISCSITarget.with(settings) { target in
          // The target flushes when it stops.
          defer {
            medium.failFlushes(errno: 0)
            medium.releaseFlushes()
          }
          try await body(medium, target)
        })
    } catch {
      outcome = .failure(error)
    }
    if let device { _ = try await ISCSITarget.output("losetup", ["--detach", device]) }
    try outcome.get()
  }

  @Test(arguments: Promise.all, Backing.allCases)
  func theStatusWaitsForTheMedium(_ promise: Promise, _ backing: Backing) async throws {
    try await Self.with(backing) { medium, target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login(
        promise.solicited
          ? ["InitialR2T=Yes", "ImmediateData=No", "MaxBurstLength=4096"]
          : ["InitialR2T=No", "ImmediateData=Yes", "MaxRecvDataSegmentLength=262144"])
      // What SYNCHRONIZE CACHE is to make stable.
      if promise.dataOut.isEmpty {
        let write = StampedWrite.command(Promise.sectors, durable: false)
        let status = try initiator.command(write, write: 8192, dataOut: Promise.data)
        #expect(status == 0)
      }
      medium.holdFlushes()
      try initiator.start(
        tag: 99, promise.cdb, write: promise.dataOut.count, dataOut: promise.solicited ? [] : promise.dataOut)
      if promise.solicited { try initiator.answerRequests(tag: 99, with: promise.dataOut) }
      try #require(await eventually { medium.heldFlushes > 0 }, "no flush has reached the medium")
      for round in 1...3 {
        let answer = try initiator.ping()
        #expect(answer == Opcode.nopIn.rawValue, "ping \(round): the status came before the medium's")
      }
      // The flush was asked for when the medium had everything.
      let range = Promise.sectors.lowerBound * 512..<Promise.sectors.upperBound * 512
      #expect(medium.contents(range) == Promise.data)
      medium.releaseFlushes()
      let response = try initiator.receive { SCSIResponsePDU($0) }
      #expect(response.status == 0)
      medium.note(
        .promised(Dictionary(uniqueKeysWithValues: Promise.sectors.map { ($0, 2) })))
      #expect(PowerCut.losses(in: medium.events).isEmpty)
    }
  }

  /// Writes that ask to be durable while a flush is under way share the next one, whoever sends them.
  @Test(arguments: Backing.allCases)
  func durableWritesShareFlushes(_ backing: Backing) async throws {
    try await Self.with(backing) { medium, target in
      let initiators = try (0..<4).map { number in
        let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: UInt64(number + 1))
        try initiator.login()
        return initiator
      }
      medium.holdFlushes()
      let count = 16
      for (number, initiator) in initiators.enumerated() {
        for write in 0..<count {
          let start = (number * count + write) * 8
          try initiator.start(
            tag: UInt32(write), StampedWrite.command(start..<start + 8, durable: true), write: 4096,
            dataOut: StampedWrite.data(start..<start + 8, version: 1))
        }
      }
      for initiator in initiators { #expect(try initiator.ping() == Opcode.nopIn.rawValue) }
      try #require(await eventually { medium.heldFlushes > 0 })
      medium.releaseFlushes()
      for (number, initiator) in initiators.enumerated() {
        for _ in 0..<count {
          let response = try initiator.receive { SCSIResponsePDU($0) }
          #expect(response.status == 0)
          let start = (number * count + Int(response.initiatorTaskTag)) * 8
          medium.note(.promised(Dictionary(uniqueKeysWithValues: (start..<start + 8).map { ($0, 1) })))
        }
      }
      let events = medium.events
      #expect(PowerCut.losses(in: events).isEmpty)
      // FUSE lets nobody write to a file that it flushes: there each flush finds only a few written.
      if backing == .file { return }
      let flushes = events.count { if case .flushBegan = $0 { true } else { false } }
      // Each of the target's two threads may have begun one by itself; one more serves all the others.
      #expect((2...3).contains(flushes), "\(flushes) flushes for \(4 * count) writes")
    }
  }

  @Test(arguments: Backing.allCases)
  func whatTheMediumLostIsNeverCalledStable(_ backing: Backing) async throws {
    try await Self.with(backing) { medium, target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      let write = StampedWrite.command(Promise.sectors, durable: false)
      #expect(try initiator.command(write, write: 8192, dataOut: Promise.data) == 0)
      medium.failFlushes(errno: EIO)
      #expect(try initiator.command(StampedWrite.synchronize) == 2)
      medium.failFlushes(errno: 0)
      #expect(try initiator.command(StampedWrite.synchronize) == 2)
      let durable = StampedWrite.command(Promise.sectors, durable: true)
      #expect(try initiator.command(durable, write: 8192, dataOut: Promise.data) == 2)
      #expect(target.server.status().units.first?.counters.errors ?? 0 >= 3)
    }
  }

  /// The kernel tells of lost writes only once: to one of two flushes that are under way.
  @Test func aFlushBesideOneThatFailsIsNotGoodEither() async throws {
    try await Self.with(.file) { medium, target in
      let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
      try initiator.login()
      let write = StampedWrite.command(Promise.sectors, durable: false)
      #expect(try initiator.command(write, write: 8192, dataOut: Promise.data) == 0)
      medium.holdFlushes()
      try initiator.start(tag: 1001, StampedWrite.synchronize)
      try initiator.start(tag: 1002, StampedWrite.synchronize)
      try #require(await eventually { medium.heldFlushes > 0 })
      // The second waits for the end of the first.
      #expect(try initiator.ping() == Opcode.nopIn.rawValue)
      medium.failHeldFlushes(errno: EIO)
      #expect(try initiator.receive { SCSIResponsePDU($0) }.status == 2)
      try #require(await eventually { medium.heldFlushes > 0 })
      medium.releaseFlushes()
      #expect(try initiator.receive { SCSIResponsePDU($0) }.status == 2)
    }
  }
}

extension ISCSIInitiator {
  /// Sends a ping.
  ///
  /// - Returns: opcode of the PDU that comes next.
  func ping() throws -> UInt8 {
    let ping = NOPOutPDU(initiatorTaskTag: 0x7000_0000, cmdSN: cmdSN)
    try send { ping.encode(to: $0) }
    return try receive().header[0] & 0x3F
  }

  /// Sends what R2Ts ask for until everything has been.
  func answerRequests(tag: UInt32, with data: [UInt8]) throws {
    var sent = 0
    while sent < data.count {
      let request = try receive { ReadyToTransferPDU($0) }
      let part = DataOutPDU(
        initiatorTaskTag: tag, targetTransferTag: request.targetTransferTag, dataSN: 0,
        bufferOffset: request.bufferOffset, dataLength: Int(request.desiredLength))
      let start = Int(request.bufferOffset)
      try send(Array(data[start..<(start + Int(request.desiredLength))])) { part.encode(to: $0) }
      sent += Int(request.desiredLength)
    }
  }
}
