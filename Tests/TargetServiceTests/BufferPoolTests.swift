import Testing

@testable import TargetService

@Suite struct BufferPoolTests {
  @Test func buffersAreReusedBySize() {
    var pool = BufferPool()
    let small = pool.take(512)
    #expect(small.count == 4096)
    pool.give(small)
    #expect(pool.take(4096).baseAddress == small.baseAddress)
    pool.give(small)
    let large = pool.take(65_537)
    #expect(large.count == 262_144)
    #expect(large.baseAddress != small.baseAddress)
    pool.give(large)
  }

  @Test func sizesBeyondTheLargestAreNotKept() {
    var pool = BufferPool()
    let huge = pool.take(2 << 20)
    #expect(huge.count == 2 << 20)
    pool.give(huge)
    pool.give(UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }
}
