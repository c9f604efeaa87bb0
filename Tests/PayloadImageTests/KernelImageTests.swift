import Testing

@testable import PayloadImage

@Suite struct KernelImageTests {
  /// The setup header of a bzImage with a version string, and nothing else.
  static func image(version: String) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 0x1000)
    bytes[0x1FE] = 0x55
    bytes[0x1FF] = 0xAA
    bytes.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
    bytes[0x20E] = 0x00
    bytes[0x20F] = 0x03
    bytes.replaceSubrange(0x500..<0x500 + version.utf8.count, with: Array(version.utf8))
    return bytes
  }

  @Test func takesTheReleaseFromTheHeader() throws {
    let image = try KernelImage(Self.image(version: "6.12.1+deb13-amd64 (x@y) #1 SMP"), path: "k")
    #expect(image.release == "6.12.1+deb13-amd64")
  }

  @Test func refusesWhatIsNoKernel() {
    let good = Self.image(version: "6.1 x")
    var noMagic = good
    var badPointer = good
    noMagic[0x202] = 0
    badPointer[0x20E] = 0xFF
    badPointer[0x20F] = 0xFF
    for bytes in [
      [], Array(good.prefix(0x210)), noMagic, badPointer, Self.image(version: ""),
      Self.image(version: "../../x"),
    ] {
      #expect(throws: PayloadError.self) { try KernelImage(bytes, path: "k") }
    }
  }
}
