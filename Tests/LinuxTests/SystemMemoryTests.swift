import Linux
import Testing

@Suite struct SystemMemoryTests {
  private static let text = """
    MemTotal:         988280 kB
    MemFree:          850940 kB
    MemAvailable:     780368 kB
    Buffers:             100 kB
    Cached:            83452 kB
    Shmem:             83352 kB
    SReclaimable:       1392 kB

    """

  @Test func cachesAreNotInUseButFilesInMemoryAre() throws {
    let memory = try #require(SystemMemory(meminfo: Self.text))
    #expect(memory.total == 988_280 * 1024)
    #expect(memory.available == 780_368 * 1024)
    #expect(memory.used == (988_280 - 850_940 - 100 - 100 - 1392) * 1024)
  }

  @Test(arguments: [
    "MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:", "Shmem:", "SReclaimable:",
  ])
  func nothingIsMadeUp(name: String) throws {
    let lines = Self.text.split(separator: "\n")
    #expect(SystemMemory(meminfo: lines.filter { !$0.hasPrefix(name) }.joined(separator: "\n")) == nil)
    let bad = lines.map { $0.hasPrefix(name) ? "\(name) many kB" : $0 }
    #expect(SystemMemory(meminfo: bad.joined(separator: "\n")) == nil)
    let huge = lines.map { $0.hasPrefix(name) ? "\(name) 18446744073709551615 kB" : $0 }
    #expect(SystemMemory(meminfo: huge.joined(separator: "\n")) == nil)
  }
}
