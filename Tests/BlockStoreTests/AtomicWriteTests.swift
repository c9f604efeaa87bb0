import Glibc
import Linux
import Testing

@testable import BlockStore

@Suite struct AtomicWriteTests {
  /// Smallest and largest that the kernel does, block length, and what is offered.
  @Test(
    arguments: [
      (4096, 1 << 20, 512, 16_384), (4096, 16_384, 4096, 16_384), (4096, 8192, 512, 8192),
      (4096, 4096, 512, 4096), (512, 512, 512, 512), (512, 512, 4096, nil), (32_768, 1 << 20, 512, 32_768),
      (65_536, 65_536, 4096, 65_536), (131_072, 1 << 20, 512, nil), (0, 0, 512, nil), (8192, 4096, 512, nil),
    ] as [(Int, Int, Int, Int?)])
  func oneLengthIsOffered(smallest: Int, largest: Int, block: Int, expected: Int?) {
    #expect(AtomicWriter.length(smallest: smallest, largest: largest, blockLength: block) == expected)
  }

  @Test func whatIsNotOfferedFails() throws {
    // A file in memory: tmpfs offers nothing.
    let path = "/dev/shm/atomic-write-\(getpid())"
    defer { unlink(path) }
    try writeFile(path, [UInt8](repeating: 0, count: 1 << 20))
    let store = try BlockStore.open(path: path)
    #expect(store.atomicWriteLength == 0)
    let bytes = [UInt8](repeating: 1, count: 4096)
    let error = #expect(throws: BlockStoreError.self) {
      try bytes.withUnsafeBytes { try store.writeAtomically($0, at: 0, durable: false) }
    }
    #expect(error?.errno == EOPNOTSUPP)
  }
}
