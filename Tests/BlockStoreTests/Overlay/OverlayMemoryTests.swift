import Testing

@testable import BlockStore

@Suite struct OverlayMemoryTests {
  /// Blocks that spread over several regions, written in an order of their own, keep their content.
  @Test func blocksKeepTheirPlaces() throws {
    // 96 MiB written of 1 TiB.
    let memory = try OverlayMemory.make(count: 1 << 28)
    let written = 24_576
    func block(_ index: Int) -> Int { index &* 7919 % 24_593 * 10_007 }
    for index in 0..<written {
      #expect(
        [UInt64](repeating: UInt64(index), count: 512).withUnsafeBytes {
          memory.write($0, at: UInt64(block(index)) << 12)
        })
    }
    var content = [UInt64](repeating: 1, count: 512)
    for index in 0..<written {
      content.withUnsafeMutableBytes { memory.read(into: $0, at: UInt64(block(index)) << 12) }
      try #require(content.allSatisfy { $0 == UInt64(index) })
    }
    // A block beside one that was written.
    content.withUnsafeMutableBytes { memory.read(into: $0, at: UInt64(block(0) + 1) << 12) }
    #expect(content.allSatisfy { $0 == 0 })
  }

  /// What was given back reads as zeros, its neighbours stay, and it can be written again.
  @Test func whatIsGivenBackReadsAsZeros() throws {
    let memory = try OverlayMemory.make(count: 64)
    let bytes = [UInt8](repeating: 0xA5, count: 64 << 12)
    #expect(bytes.withUnsafeBytes { memory.write($0, at: 0) })
    try memory.punch(3..<40)
    var content = bytes
    content.withUnsafeMutableBytes { memory.read(into: $0, at: 0) }
    #expect(content[..<(3 << 12)].allSatisfy { $0 == 0xA5 })
    #expect(content[(3 << 12)..<(40 << 12)].allSatisfy { $0 == 0 })
    #expect(content[(40 << 12)...].allSatisfy { $0 == 0xA5 })
    // A part of a block, over the end of another.
    #expect(bytes[..<4096].withUnsafeBytes { memory.write($0, at: 5 << 12 + 512) })
    content.withUnsafeMutableBytes { memory.read(into: $0, at: 0) }
    #expect(content[(5 << 12)..<(5 << 12 + 512)].allSatisfy { $0 == 0 })
    #expect(content[(5 << 12 + 512)..<(6 << 12 + 512)].allSatisfy { $0 == 0xA5 })
    #expect(content[6 << 12 + 512] == 0)
  }

  @Test func anImpossibleSizeIsRefused() {
    #expect(throws: (any Error).self) { _ = try OverlayMemory.make(count: 1 << 33) }
  }
}
