import Testing

@testable import PayloadImage

@Suite struct CompressionTests {
  @Test func everyLengthIsPaddedAndReadBack() async throws {
    for length in [0, 1, 2, 3, 5, 1000] {
      let plain = [UInt8](repeating: 0, count: length) + [7]
      let packed = try await Compression.compress(plain)
      #expect(Compression(of: packed) == .zstd)
      #expect(packed.count.isMultiple(of: 4))
      #expect(try await Compression.decompress(segment: packed) == plain)
    }
  }

  @Test(arguments: ["xz", "gzip", "zstd"])
  func readsWhatDistributionsPackModulesWith(tool: String) async throws {
    let plain = Array("module".utf8)
    let packed = try await Tool.run(tool, ["-c"], input: plain).output
    #expect(packed != plain)
    #expect(try await Compression.decompress(packed) == plain)
  }

  @Test func plainBytesStayAsTheyAre() async throws {
    let archive = try Archive([.file("a", [1])]).encoded()
    #expect(try await Compression.decompress(segment: archive) == archive)
  }

  @Test func damageIsAnError() async throws {
    var packed = try await Compression.compress([UInt8](repeating: 3, count: 100))
    packed[6] ^= 0xFF
    await #expect(throws: PayloadError.self) { try await Compression.decompress(segment: packed) }
  }
}
