import Glibc
import SCSI
import Testing

/// How often a fuzzer runs: FUZZ_EXECUTIONS, or few enough for every run of the tests.
func fuzzExecutions(_ usual: Int) -> Int {
  getenv("FUZZ_EXECUTIONS").flatMap { Int(String(cString: $0)) } ?? usual
}

/// The numbers of one fuzzer: the same in every run, but for FUZZ_SEED, which `./test.sh fuzz` draws and prints.
func fuzzGenerator(_ fuzzer: UInt64) -> SeededGenerator {
  let seed = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 0
  return SeededGenerator(state: seed << 8 | fuzzer)
}

/// Numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

@Suite struct CommandFuzzTests {
  /// Every operation code, with all, few or no bits set and lists of every length: each ends, and asks for nothing
  /// outside the medium, the buffer or the workspace.
  @Test(arguments: [512, 4096]) func randomCommandsEndWithinBounds(blockLength: Int) throws {
    var random = fuzzGenerator(blockLength == 512 ? 1 : 2)
    let disk = try Disk(blocks: 300, blockLength: blockLength) {
      $0.keepsReservations = true
      $0.atomicWriteBlocks = 1
      $0.allowsSanitize = true
    }
    let nexuses = [disk.login(), disk.login("iqn.2024-01.example:other")]
    var ended = Set<String>()
    for round in 0..<fuzzExecutions(6_000) {
      var cdb = (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) }
      cdb[0] = UInt8(truncatingIfNeeded: round)
      // Mostly small numbers: the rest would be refused at the first look.
      for index in 1..<16 where !Int.random(in: 0..<4, using: &random).isMultiple(of: 4) { cdb[index] = 0 }
      if round % 3 == 0 { cdb[1] = UInt8.random(in: 0...31, using: &random) }
      var dataOut = [UInt8](
        repeating: UInt8.random(in: 0...1, using: &random), count: Int.random(in: 0..<9000, using: &random))
      for index in dataOut.indices.prefix(48) { dataOut[index] = UInt8.random(in: 0...3, using: &random) }
      let length = Int.random(in: 0...16, using: &random)
      let answer = disk.run(
        round % 50 == 0 ? Array(cdb[..<length]) : cdb, nexuses[round % 2],
        expecting: Int.random(in: 0..<5000, using: &random), dataOut: dataOut)
      switch answer.status {
      case .good: ended.insert("good")
      case .checkCondition(let sense): ended.insert("\(sense.key)")
      case .reservationConflict: ended.insert("conflict")
      default: Issue.record("unexpected status \(answer.status) of \(cdb)")
      }
      #expect(disk.faults.isEmpty, "\(cdb)")
      if !disk.faults.isEmpty { return }
      // What nobody waits for ends some time.
      if disk.unit.sanitizeOperation != nil, round % 7 == 0 { disk.sanitize() }
      if round % 64 == 63 { disk.unit.reset() }
    }
    #expect(ended.isSuperset(of: ["good", "5", "6", "conflict"]))
  }

  /// Steps that fail at any point end the command.
  @Test func failedStepsEndTheCommand() throws {
    var random = fuzzGenerator(3)
    let disk = try Disk()
    let nexus = disk.login()
    for _ in 0..<fuzzExecutions(500) {
      disk.failure = [5, 28, 30, 19, 95].randomElement(using: &random)
      let code = [0x28, 0x2A, 0x2E, 0x2F, 0x41, 0x35].randomElement(using: &random) ?? 0x28
      let answer = disk.run(
        block10(UInt8(code), flags: 0x02, lba: 0, count: 1), nexus, dataOut: pattern(512))
      if disk.failure == nil { #expect(!answer.isGood) }
      disk.failure = nil
    }
    #expect(disk.faults.isEmpty)
  }
}
