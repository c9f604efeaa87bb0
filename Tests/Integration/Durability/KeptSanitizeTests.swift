import Glibc
import ISCSI
import Linux
import Testing

/// What a restart interrupted begins again, where there is a place to remember it.
@Suite(
  .serialized, .enabled(if: ServedTarget.isPossible && RecordingMedium.isPossible, "needs root and FUSE"))
struct KeptSanitizeTests {
  @Test(arguments: [false, true]) func aKillDoesNotOpenTheUnit(isKept: Bool) async throws {
    let directory = "/var/tmp/iscsi-sanitize-\(getpid())"
    let made = try await ISCSITarget.output("mkdir", [directory])
    try #require(made.succeeded, "\(made.text)")
    let outcome: Result<Void, any Error>
    do {
      let medium = try RecordingMedium(at: "\(directory)/medium", bytes: 8 << 20)
      defer { medium.close() }
      let state = isKept ? "stateDirectory: \"\(directory)/state\"," : ""
      try await ServedTarget.run(
        disk: medium.path, directory: directory, target: state, unit: "sanitize: true"
      ) {
        try Self.interrupt($0, medium, isKept: isKept, directory)
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    try outcome.get()
  }

  private static func login() throws -> ISCSIInitiator {
    let initiator = try ISCSIInitiator(port: ServedTarget.port, name: "iqn.a", isid: 1)
    try initiator.login()
    return initiator
  }

  private static func interrupt(
    _ target: ServedTarget, _ medium: RecordingMedium, isKept: Bool, _ directory: String
  ) throws {
    try target.start()
    let first = try login()
    medium.holdFlushes()
    let list: [UInt8] = [1, 0, 0, 1, 7]
    let overwrite = CommandDescriptorBlock([0x48, 0x81, 0, 0, 0, 0, 0, 0, 5])
    #expect(try first.command(overwrite, write: 5, dataOut: list) == 0)
    let deadline = ContinuousClock.now + .seconds(60)
    while medium.heldFlushes == 0, ContinuousClock.now < deadline { usleep(1000) }
    // Only an answer lets it die.
    if let pid = target.pid { Glibc.kill(pid, SIGKILL) }
    medium.failHeldFlushes(errno: EIO)
    target.kill()
    let record = isKept ? try directoryEntries("\(directory)/state").first : nil
    try target.start()
    let again = try login()
    #expect(try again.command(CommandDescriptorBlock([0])) == (isKept ? 2 : 0))
    medium.releaseFlushes()
    guard isKept else { return }
    var code = 0
    while ContinuousClock.now < deadline {
      code = try again.status()
      if code != 0x041B { break }
      usleep(1000)
    }
    #expect(code == 0x2800)
    #expect(medium.contents(0..<medium.bytes).allSatisfy { $0 == 7 })
    #expect(try directoryEntries("\(directory)/state") == [])
    target.kill()
    try target.start()
    #expect(try login().status() == 0)
    // A record that cannot be read keeps everyone out.
    target.kill()
    try writeFile("\(directory)/state/\(try #require(record))", Array("RDSZ".utf8))
    try target.start()
    #expect(try login().status() == 0x3103)
  }
}

extension ISCSIInitiator {
  /// TEST UNIT READY: 0, or the code of its sense data.
  fileprivate func status() throws -> Int {
    try start(tag: cmdSN, CommandDescriptorBlock([0]))
    let (header, data) = try receive()
    return header[3] == 0 ? 0 : Int(data[14]) << 8 | Int(data[15])
  }
}
