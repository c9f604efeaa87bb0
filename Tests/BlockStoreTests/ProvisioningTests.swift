import Glibc
import Linux
import Testing

@testable import BlockStore

/// What media say that they have is what they have: what is called deallocated reads as zeros.
@Suite struct ProvisioningTests {
  private static let size = 1 << 20

  private func runs(_ next: (UInt64) -> ProvisioningRun?) -> [ProvisioningRun] {
    var runs: [ProvisioningRun] = []
    while let run = next(runs.last?.end ?? 0), runs.count < 1000 { runs.append(run) }
    return runs
  }

  private func isZero(_ bytes: [UInt8], _ runs: [ProvisioningRun]) -> Bool {
    var start = 0
    for run in runs {
      if run.isDeallocated, bytes[start..<Int(run.end)].contains(where: { $0 != 0 }) {
        return false
      }
      start = Int(run.end)
    }
    return start == bytes.count
  }

  private func fill(_ store: BlockStore, _ range: Range<Int>) throws {
    let bytes = [UInt8](repeating: 0xA5, count: range.count)
    try bytes.withUnsafeBytes { try store.write($0, at: UInt64(range.lowerBound), durable: false) }
  }

  @Test func aFileTellsItsHoles() throws {
    let scratch = try Scratch()
    let store = try BlockStore.open(path: try scratch.file(size: Self.size))
    #expect(
      runs(store.provisioning) == [ProvisioningRun(isDeallocated: true, end: UInt64(Self.size))])
    try fill(store, 65_536..<131_072)
    #expect(
      runs(store.provisioning) == [
        ProvisioningRun(isDeallocated: true, end: 65_536),
        ProvisioningRun(isDeallocated: false, end: 131_072),
        ProvisioningRun(isDeallocated: true, end: UInt64(Self.size)),
      ])
    #expect(store.provisioning(at: UInt64(Self.size)) == nil)
    // In part only: it takes up space still.
    try store.deallocate(offset: 66_048, length: 512)
    #expect(store.provisioning(at: 65_536) == ProvisioningRun(isDeallocated: false, end: 131_072))
    try store.deallocate(offset: 65_536, length: 65_536)
    #expect(store.provisioning(at: 70_000)?.isDeallocated == true)
  }

  @Test func anOverlayTellsWhatItHasOverItsBase() throws {
    let scratch = try Scratch()
    let path = try scratch.file(size: Self.size)
    var random = SystemRandomNumberGenerator()
    do {
      let base = try BlockStore.open(path: path)
      for _ in 0..<8 { try fill(base, Self.range(&random)) }
    }
    let base = try BlockStore.open(path: path, options: BlockStoreOptions(mode: .overlay))
    let overlay = try OverlaySet(base: base, lun: 0, options: OverlayOptions()).acquire("iqn.a")
    for round in 0..<200 {
      let range = Self.range(&random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: try overlay.zero(offset: UInt64(range.lowerBound), length: UInt64(range.count))
      default:
        let bytes = [UInt8](repeating: UInt8(round % 255 + 1), count: range.count)
        try bytes.withUnsafeBytes { try overlay.write($0, at: UInt64(range.lowerBound)) }
      }
      var contents = [UInt8](repeating: 0, count: Self.size)
      try contents.withUnsafeMutableBytes { try overlay.read(into: $0, at: 0) }
      #expect(isZero(contents, runs(overlay.provisioning)))
    }
    try overlay.zero(offset: 0, length: UInt64(Self.size))
    #expect(runs(overlay.provisioning) == [ProvisioningRun(isDeallocated: true, end: UInt64(Self.size))])
  }

  private static func range(_ random: inout SystemRandomNumberGenerator) -> Range<Int> {
    let start = Int.random(in: 0..<size / 512 - 100, using: &random)
    return start * 512..<(start + Int.random(in: 1...100, using: &random)) * 512
  }
}
