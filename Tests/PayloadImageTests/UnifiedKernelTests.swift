import Testing

@testable import PayloadImage

@Suite struct UnifiedKernelTests {
  /// A PE32+ file: headers, one section of code, and what follows the last section.
  static func program(
    machine: Int = 0x8664, sections: [(name: String, address: Int, content: [UInt8])],
    sizeOfHeaders: Int = 0x400, sizeOfImage: Int = 0x3000, trailing: [UInt8] = []
  ) -> [UInt8] {
    let header = 0x40
    var bytes = [UInt8](repeating: 0, count: sizeOfHeaders)
    func store(_ value: Int, _ at: Int, _ width: Int) {
      bytes.replaceSubrange(at..<at + width, with: littleEndian(value, width: width))
    }
    bytes.replaceSubrange(0..<2, with: Array("MZ".utf8))
    store(header, 0x3C, 4)
    bytes.replaceSubrange(header..<header + 4, with: Array("PE\0\0".utf8))
    store(machine, header + 4, 2)
    store(sections.count, header + 6, 2)
    store(240, header + 20, 2)
    let optional = header + 24
    store(0x20B, optional, 2)
    store(0x1000, optional + 32, 4)
    store(0x200, optional + 36, 4)
    store(sizeOfImage, optional + 56, 4)
    store(sizeOfHeaders, optional + 60, 4)
    store(16, optional + 108, 4)
    store(sizeOfHeaders, optional + 112 + 4 * 8, 4)
    var at = optional + 240
    for (name, address, content) in sections {
      bytes.replaceSubrange(at..<at + name.utf8.count, with: Array(name.utf8))
      store(content.count, at + 8, 4)
      store(address, at + 12, 4)
      store((content.count + 0x1FF) & ~0x1FF, at + 16, 4)
      store(bytes.count, at + 20, 4)
      bytes += content + [UInt8](repeating: 0, count: -content.count & 0x1FF)
      at += 40
    }
    return bytes + trailing
  }

  static let stub = program(sections: [(".text", 0x1000, [1, 2, 3])], trailing: Array("signature".utf8))
  static let kernel = program(sections: [(".text", 0x1000, [9])], sizeOfImage: 0x9000)

  static func parts(_ change: (inout UnifiedKernel) -> Void = { _ in }) -> UnifiedKernel {
    var parts = UnifiedKernel(
      kernel: kernel, segments: [[1], [2, 2, 2, 2, 2], []], commandLine: "console=ttyS0 quiet",
      osRelease: "ID=x\n", release: "6.1.0-56-amd64")
    change(&parts)
    return parts
  }

  private func content(_ image: PEImage, _ name: String) throws -> [UInt8] {
    let section = try #require(image.sections.first { $0.name == name })
    return Array(
      image.bytes[section.rawOffset..<section.rawOffset + min(section.virtualSize, section.rawSize)])
  }

  @Test func everyPartIsFoundByItsName() throws {
    let image = try #require(PEImage(try Self.parts().image(stub: Self.stub)))
    #expect(image.sections.map(\.name) == [".text", ".osrel", ".cmdline", ".uname", ".initrd", ".linux"])
    #expect(try content(image, ".text") == [1, 2, 3])
    #expect(try content(image, ".cmdline") == Array("console=ttyS0 quiet".utf8))
    #expect(try content(image, ".uname") == Array("6.1.0-56-amd64".utf8))
    #expect(try content(image, ".initrd") == [1, 0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 0])
    #expect(try content(image, ".linux").starts(with: Self.kernel))
    // The kernel has the memory that it asks for.
    #expect(image.sections.last?.virtualSize == 0x9000)
  }

  @Test(arguments: [0x188, 0x200, 0x400, 0x1000])
  func nothingOverlaps(sizeOfHeaders: Int) throws {
    let stub = Self.program(
      sections: [(".text", 0x1000, [1]), (".data", 0x2000, [UInt8](repeating: 7, count: 700))],
      sizeOfHeaders: (sizeOfHeaders + 0x1FF) & ~0x1FF)
    let image = try #require(
      PEImage(try Self.parts { $0.segments = [[UInt8](repeating: 5, count: 70_001)] }.image(stub: stub)))
    let headersEnd = image.sectionTable + image.sections.count * PEImage.sectionHeaderSize
    #expect(headersEnd <= image.sizeOfHeaders)
    var address = image.sizeOfHeaders
    var offset = image.sizeOfHeaders
    for section in image.sections {
      #expect(section.virtualAddress >= address && section.virtualAddress % image.sectionAlignment == 0)
      #expect(section.rawOffset >= offset && section.rawOffset % image.fileAlignment == 0)
      address = section.virtualAddress + section.virtualSize
      offset = section.rawOffset + section.rawSize
    }
    #expect(image.sizeOfImage >= address && image.sizeOfImage % image.sectionAlignment == 0)
    #expect(try content(image, ".data") == [UInt8](repeating: 7, count: 700))
  }

  @Test func aSignatureIsDropped() throws {
    let image = try Self.parts().image(stub: Self.stub)
    let certificates = 0x40 + 24 + 112 + PEImage.certificateDirectory * 8
    #expect(image[certificates..<certificates + 8].allSatisfy { $0 == 0 })
    #expect(!String(decoding: image, as: UTF8.self).contains("signature"))
  }

  @Test func whatCannotWorkIsRefused() {
    let full = Self.program(sections: [(".text", 0x1000, [1])], sizeOfHeaders: 0x200)
    let crowded = Self.program(sections: [(".text", 0x200, [1])], sizeOfHeaders: 0x200)
    #expect(throws: Never.self) { try Self.parts().image(stub: full) }
    #expect(throws: UnifiedKernelError.self) { try Self.parts().image(stub: crowded) }
    #expect(throws: UnifiedKernelError.self) { try Self.parts().image(stub: []) }
    #expect(throws: UnifiedKernelError.self) { try Self.parts().image(stub: Array(Self.stub.prefix(0x120))) }
    #expect(throws: UnifiedKernelError.self) { try Self.parts { $0.kernel = [0] }.image(stub: Self.stub) }
    #expect(throws: UnifiedKernelError.self) {
      try Self.parts { $0.kernel = Self.program(machine: 0xAA64, sections: []) }.image(stub: Self.stub)
    }
    #expect(throws: UnifiedKernelError.self) {
      try Self.parts { $0.commandLine = "a\nb" }.image(stub: Self.stub)
    }
    #expect(throws: UnifiedKernelError.self) {
      let whole = try Self.parts().image(stub: Self.stub)
      return try Self.parts().image(stub: whole)
    }
  }

  @Test func noStubMakesItTrap() {
    var random = Steps(state: 1)
    for round in 0..<2000 {
      var bytes = Self.stub
      for _ in 0...round % 8 {
        bytes[Int.random(in: 0..<0x1C0, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? Self.parts().image(
        stub: Array(bytes.prefix(Int.random(in: 0x30...bytes.count, using: &random))))
    }
  }
}

/// The same numbers in every run (splitmix64).
private struct Steps: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
