import Linux
import Testing

@Suite struct SystemMemoryTests {
  @Test func readsTheKernelsText() throws {
    let text =
      "MemTotal:         492104 kB\nMemFree:          310000 kB\nMemAvailable:     400000 kB\nBuffers: 0 kB\n"
    let memory = try #require(SystemMemory(meminfo: text))
    #expect(memory.total == 492_104 * 1024)
    #expect(memory.used == 92_104 * 1024)
  }

  @Test(arguments: [
    "", "MemTotal: 1 kB\n", "MemTotal: x kB\nMemAvailable: 1 kB\n", "MemTotal:\nMemAvailable:\n",
  ])
  func nothingIsMadeUp(text: String) {
    #expect(SystemMemory(meminfo: text) == nil)
  }

  @Test func moreAvailableThanThereIsMeansNoneUsed() {
    #expect(SystemMemory(total: 1, available: 2).used == 0)
  }
}
