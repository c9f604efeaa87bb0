import Testing

/// Hostile peers get nowhere: the target's memory stays bounded, and others are served meanwhile.
@Suite(.serialized, .enabled(if: ServedTarget.isPossible, "needs root")) struct HostileTests {
  /// Most RAM that all peers of an attack may cost, in bytes: the largest takes twenty sessions with full buffers.
  private static let allowance = 64 << 20

  @Test(arguments: Attack.allCases) func othersAreServedMeanwhile(_ attack: Attack) async throws {
    let directory = "/tmp/iscsi-hostile-\(attack)"
    let made = try await ISCSITarget.output("mkdir", [directory])
    try #require(made.succeeded, "\(made.text)")
    let outcome: Result<(before: Int, during: Int), any Error>
    do {
      try ISCSITarget.makeFile("\(directory)/disk.img", bytes: 64 << 20)
      outcome = .success(
        try await ServedTarget.run(disk: "\(directory)/disk.img", directory: directory) { target in
          try Self.hold(target, against: attack)
        })
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    let memory = try outcome.get()
    print("\(attack): resident \(memory.before >> 10) KiB before, \(memory.during >> 10) KiB meanwhile")
    #expect(memory.during - memory.before < Self.allowance)
  }

  private static func hold(_ target: ServedTarget, against attack: Attack) throws -> (
    before: Int, during: Int
  ) {
    try target.start()
    let honest = try HonestInitiator(port: ServedTarget.port)
    try #require(honest.makesProgress(20))
    let before = try target.residentBytes()
    let peers = try attack.begin(port: ServedTarget.port)
    #expect(honest.makesProgress(50), "an initiator that was there before stands still")
    // Whoever comes now is served, too.
    let late = try ISCSIInitiator(port: ServedTarget.port, name: "iqn.a", isid: 0xBEEF)
    try late.login()
    let during = try target.residentBytes()
    for peer in peers { peer.close() }
    #expect(honest.makesProgress(20))
    let complaint = honest.stop()
    #expect(complaint == nil)
    return (before, during)
  }
}
