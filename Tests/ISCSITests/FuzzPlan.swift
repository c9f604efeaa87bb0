import Glibc
import ISCSI

/// How often a fuzzer runs: FUZZ_EXECUTIONS inputs, or few enough for every run of the tests.
func fuzzExecutions(_ usual: Int) -> Int { fuzzVariable("FUZZ_EXECUTIONS").flatMap { Int($0) } ?? usual }

/// The numbers of one fuzzer: the same in every run, but for FUZZ_SEED, which `./test.sh fuzz` draws and prints.
func fuzzGenerator(_ fuzzer: UInt64) -> SeededGenerator {
  let seed = fuzzVariable("FUZZ_SEED").flatMap { UInt64($0) } ?? 0
  return SeededGenerator(state: seed << 8 | fuzzer)
}

private func fuzzVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// `bytes` with up to four of them changed, taken out or put in.
func mutate(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
    let index = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
    case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 2: bytes[index] = 0xFF
    case 3: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: index)
    case 4: bytes.remove(at: index)
    default: bytes[index] = 0
    }
  }
  return bytes
}

extension SeededGenerator {
  /// True once in `count` times.
  mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: 0..<elements.count, using: &self)]
  }
}
