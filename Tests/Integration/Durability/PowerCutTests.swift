import Glibc
import Testing

/// What was acknowledged as stable survives kill -9 and power cuts at every point.
@Suite(.serialized) struct PowerCutTests {
  /// Times that the target is killed; TEST_FULL asks for many.
  private static let kills = getenv("TEST_FULL") == nil ? 12 : 400

  @Test(.enabled(if: RecordingMedium.isPossible, "needs root and FUSE"))
  func acknowledgedFlushesSurviveKillsAndPowerCuts() async throws {
    let directory = "/tmp/iscsi-power-\(getpid())"
    let made = try await ISCSITarget.output("mkdir", [directory])
    try #require(made.succeeded, "\(made.text)")
    let outcome: Result<Void, any Error>
    do {
      let medium = try RecordingMedium(
        at: "\(directory)/medium", bytes: SynchronizingLoad.sectors * StampedSector.length)
      defer { medium.close() }
      let lost = try await ServedTarget.run(disk: medium.path, directory: directory) { target in
        try Self.killOften(target, medium)
      }
      #expect(lost.isEmpty, "after a kill: \(lost.prefix(10))")
      let losses = PowerCut.losses(in: medium.events)
      #expect(losses.isEmpty, "\(losses.prefix(10))")
      // The load did what it was for.
      let events = medium.events
      let flushes = events.count { if case .flushEnded = $0 { true } else { false } }
      let promises = events.count { if case .promised = $0 { true } else { false } }
      #expect(flushes > Self.kills && promises > Self.kills)
      print(
        "power cut at each of \(events.count) events: \(Self.kills) kills, \(promises) promises, \(flushes) flushes"
      )
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    try outcome.get()
  }

  /// - Returns: sectors whose version is older than promised, or was never sent.
  private static func killOften(_ target: ServedTarget, _ medium: RecordingMedium) throws -> [String] {
    var random = SeededGenerator(UInt64(kills))
    var load = SynchronizingLoad(on: medium, seed: 7)
    var lost: [String] = []
    for kill in 0..<kills {
      try target.start()
      let initiator = try ISCSIInitiator(port: ServedTarget.port, name: "iqn.a", isid: 1)
      try initiator.login()
      try load.run(on: initiator, rounds: Int.random(in: 0..<12, using: &random))
      target.kill()
      let contents = try medium.fileContents()
      for sector in 0..<SynchronizingLoad.sectors {
        let bytes = contents[sector * StampedSector.length..<(sector + 1) * StampedSector.length]
        let version = StampedSector.version(of: bytes, number: sector)
        if let version, load.promised[sector] <= version, version <= load.sent[sector] { continue }
        lost.append(
          "kill \(kill), sector \(sector): \(version.map { "version \($0)" } ?? "torn"), "
            + "promised \(load.promised[sector]), sent \(load.sent[sector])")
      }
    }
    return lost
  }

  // MARK: The judge itself

  private static func write(_ sector: Int, _ version: UInt32) -> MediumEvent {
    .write(
      offset: sector * StampedSector.length, bytes: StampedSector.bytes(number: sector, version: version))
  }

  @Test func aPromiseWithoutFlushIsALoss() {
    #expect(PowerCut.losses(in: [Self.write(3, 1), .promised([3: 1])]).count == 1)
    #expect(
      PowerCut.losses(in: [Self.write(3, 1), .flushBegan(1), .promised([3: 1]), .flushEnded(1)]).count == 1)
    #expect(
      PowerCut.losses(in: [Self.write(3, 1), .flushBegan(1), .flushEnded(1), .promised([3: 1])]).isEmpty)
  }

  @Test func aFlushCoversOnlyWhatCameBeforeIt() {
    let late = [MediumEvent.flushBegan(1), Self.write(3, 1), .flushEnded(1), .promised([3: 1])]
    #expect(PowerCut.losses(in: late).count == 1)
    #expect(PowerCut.losses(in: late + [.flushBegan(2), .flushEnded(2)]).count == 1)
  }

  @Test func whatGoesBackToAnOlderVersionIsALoss() {
    let stable = [Self.write(3, 2), .flushBegan(1), .flushEnded(1), .promised([3: 2])]
    #expect(PowerCut.losses(in: stable + [Self.write(3, 3)]).isEmpty)
    #expect(PowerCut.losses(in: stable + [Self.write(3, 1)]).count == 1)
  }

  @Test func tornAndMisplacedSectorsAreLosses() {
    var torn = StampedSector.bytes(number: 3, version: 2)
    torn.replaceSubrange(256..., with: StampedSector.bytes(number: 3, version: 1)[256...])
    #expect(PowerCut.losses(in: [.write(offset: 3 * 512, bytes: torn)]).count == 1)
    let other = StampedSector.bytes(number: 4, version: 1)
    #expect(PowerCut.losses(in: [.write(offset: 3 * 512, bytes: other)]).count == 1)
  }
}
