import Glibc
import ISCSI
import Linux
import Testing

/// Persistent reservations with APTPL survive kill -9; what was damaged meanwhile keeps everyone out.
@Suite(.serialized, .enabled(if: ServedTarget.isPossible, "needs root"))
struct KeptReservationTests {
  private static let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 0, 0, 0, 1, 0])
  private static let block = [UInt8](repeating: 7, count: 512)

  /// Runs `body` with a target that has a directory for reservations; it is not in memory, where nothing is kept.
  private static func with(_ body: @escaping @Sendable (ServedTarget, String) throws -> Void) async throws {
    let directory = "/var/tmp/iscsi-reservations-\(getpid())"
    let made = try await ISCSITarget.output("mkdir", [directory])
    try #require(made.succeeded, "\(made.text)")
    let outcome: Result<Void, any Error>
    do {
      let disk = "\(directory)/disk.img"
      try ISCSITarget.makeFile(disk, bytes: 1 << 20)
      try await ServedTarget.run(
        disk: disk, directory: directory, target: "stateDirectory: \"\(directory)/state\","
      ) { try body($0, "\(directory)/state") }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    try outcome.get()
  }

  private static func login(isid: UInt64) throws -> ISCSIInitiator {
    let initiator = try ISCSIInitiator(port: ServedTarget.port, name: "iqn.a", isid: isid)
    try initiator.login()
    return initiator
  }

  @Test func aReservationSurvivesAKill() async throws {
    try await Self.with { target, state in
      try target.start()
      let (first, second) = (try Self.login(isid: 1), try Self.login(isid: 2))
      #expect(try first.reserveOut(0, key: 0, newKey: 11, isKept: true) == 0)
      #expect(try second.reserveOut(6, key: 0, newKey: 22, isKept: true) == 0)
      #expect(try first.reserveOut(1, key: 11, type: 3) == 0)
      let status = try first.reserveIn(3)
      target.kill()
      try target.start()
      let (firstAgain, secondAgain) = (try Self.login(isid: 1), try Self.login(isid: 2))
      #expect(try secondAgain.command(Self.write, write: 512, dataOut: Self.block) == 0x18)
      #expect(try firstAgain.command(Self.write, write: 512, dataOut: Self.block) == 0)
      #expect(try firstAgain.reserveIn(3)[4...] == status[4...])
      #expect(try firstAgain.reserveIn(2)[2...3] == [0x0D, 0x81])
      // Turned off, it ends with the process.
      #expect(try firstAgain.reserveOut(0, key: 11, newKey: 12, isKept: false) == 0)
      #expect(try directoryEntries(state) == [])
      target.kill()
      try target.start()
      #expect(try Self.login(isid: 2).command(Self.write, write: 512, dataOut: Self.block) == 0)
    }
  }

  @Test func aDamagedFileKeepsEveryoneOut() async throws {
    try await Self.with { target, state in
      try target.start()
      let first = try Self.login(isid: 1)
      #expect(try first.reserveOut(0, key: 0, newKey: 11, isKept: true) == 0)
      target.kill()
      let name = try #require(try directoryEntries(state).first)
      var bytes = try readFile("\(state)/\(name)")
      bytes[bytes.count / 2] ^= 1
      try writeFile("\(state)/\(name)", bytes)
      try target.start()
      let again = try Self.login(isid: 1)
      #expect(try again.command(Self.write, write: 512, dataOut: Self.block) == 2)
      target.kill()
      let log = String(decoding: try readFile("\(state)/../log"), as: UTF8.self)
      #expect(log.contains("is damaged; LUN 0 may be reserved"), "\(log)")
      unlink("\(state)/\(name)")
      try target.start()
      #expect(try Self.login(isid: 1).command(Self.write, write: 512, dataOut: Self.block) == 0)
    }
  }
}

extension ISCSIInitiator {
  /// PERSISTENT RESERVE OUT; returns the status.
  fileprivate func reserveOut(
    _ action: UInt8, key: UInt64, newKey: UInt64 = 0, type: UInt8 = 0, isKept: Bool = false
  ) throws -> UInt8 {
    let keys = [key, newKey].flatMap { key in withUnsafeBytes(of: key.bigEndian) { Array($0) } }
    return try command(
      CommandDescriptorBlock([0x5F, action, type, 0, 0, 0, 0, 0, 24, 0]), write: 24,
      dataOut: keys + [0, 0, 0, 0, isKept ? 1 : 0, 0, 0, 0])
  }

  /// PERSISTENT RESERVE IN; returns the parameter data.
  fileprivate func reserveIn(_ action: UInt8) throws -> [UInt8] {
    try start(tag: 77, CommandDescriptorBlock([0x5E, action, 0, 0, 0, 0, 0, 0x10, 0, 0]), read: 4096)
    let (header, data) = try receive()
    try #require(header[0] & 0x3F == Opcode.dataIn.rawValue && header[1] & 0x01 != 0 && header[3] == 0)
    return data
  }
}
