import Glibc
import Testing

/// Memory does not grow with what the target has done. TEST_FULL: over ten million commands and ten thousand logins.
///
/// A leak in optimised code only (there is a trap of that kind in Swift 6.3.1) needs RAMDISKD to name a release build,
/// as `./test.sh full` does.
@Suite(.serialized, .enabled(if: ServedTarget.isPossible, "needs root")) struct MemoryTests {
  private static let isFull = getenv("TEST_FULL") != nil
  private static let commands = isFull ? 10_000_000 : 200_000
  private static let logins = isFull ? 10_000 : 4000

  private static func serve<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable (ServedTarget) throws -> Value
  ) async throws -> Value {
    let directory = "/tmp/iscsi-memory-\(name)"
    let made = try await ISCSITarget.output("mkdir", [directory])
    try #require(made.succeeded, "\(made.text)")
    let outcome: Result<Value, any Error>
    do {
      try ISCSITarget.makeFile("\(directory)/disk.img", bytes: 16 << 20)
      outcome = .success(
        try await ServedTarget.run(disk: "\(directory)/disk.img", directory: directory) { target in
          try target.start()
          return try body(target)
        })
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    return try outcome.get()
  }

  private static func connect(_ isid: UInt64) throws -> ISCSIInitiator {
    let initiator = try ISCSIInitiator(port: ServedTarget.port, name: "iqn.a", isid: isid)
    try initiator.login()
    return initiator
  }

  /// Within one percent; the first tenth is for pools to fill. In the short form malloc's arenas and huge pages weigh
  /// more than that on a busy machine: there growth is less than `least` bytes, the smallest leak, for each operation.
  private func expectFlat(_ memory: (early: Int, late: Int), _ operations: Int, _ what: String, least: Int) {
    print(
      "\(operations) \(what): \(memory.early >> 10) KiB after a tenth, \(memory.late >> 10) KiB at the end")
    let percent = memory.early / 100
    let bound = Self.isFull ? percent : max(percent, operations * 9 / 10 * least)
    #expect(memory.late - memory.early <= bound)
  }

  @Test func commandsLeaveNothingBehind() async throws {
    let memory = try await Self.serve("commands") { target in
      let initiator = try Self.connect(1)
      var batch = CommandBatch()
      let rounds = Self.commands / CommandBatch.count
      for _ in 0..<rounds / 10 { try batch.run(on: initiator) }
      let early = try target.residentBytes()
      for _ in rounds / 10..<rounds { try batch.run(on: initiator) }
      return (early, try target.residentBytes())
    }
    expectFlat(memory, Self.commands, "commands", least: 32)
  }

  @Test func loginsLeaveNothingBehind() async throws {
    let memory = try await Self.serve("logins") { target in
      for number in 0..<Self.logins / 10 { try Self.connect(UInt64(number)).close() }
      var early = try target.residentBytes()
      var late = early
      // Pages that threads happen to touch for the first time are touched once; what is left behind is so every time.
      for _ in 0..<3 {
        early = late
        for number in Self.logins / 10..<Self.logins { try Self.connect(UInt64(number)).close() }
        late = try target.residentBytes()
        if late - early <= early / 100 { break }
      }
      return (early, late)
    }
    expectFlat(memory, Self.logins, "logins", least: 1024)
  }

  @Test func sessionsCostWhatTheirBuffersDo() async throws {
    let count = 64
    let memory = try await Self.serve("sessions") { target in
      let before = try target.residentBytes()
      var batch = CommandBatch()
      let sessions = try (1...count).map { number in
        let session = try Self.connect(UInt64(number))
        try batch.run(on: session)
        return session
      }
      let after = try target.residentBytes()
      for session in sessions { session.close() }
      return (after - before) / count
    }
    print(
      "memory per session: \(memory >> 10) KiB resident, with \(count) sessions at \(CommandBatch.count) commands"
    )
    // Both buffers of a connection, whole.
    #expect(memory < 3 << 20)
  }
}
