import FoundationEssentials
import Linux
import SystemPackage
import Testing

@testable import PayloadImage

@Suite struct ExportTests {
  @Test func bootCodeLoadsTheCoreFromItsSector() throws {
    var image = [UInt8](repeating: 7, count: 512)
    image[510] = 0x55
    image[511] = 0xAA
    let code = try #require(GRUBEmbedding.bootCode(image, coreAt: 0x0102_0304))
    // The disk's signature and the partition table behind it stay.
    #expect(code.count == 440)
    #expect(Array(code[0x5C..<0x64]) == [4, 3, 2, 1, 0, 0, 0, 0])
    #expect(GRUBEmbedding.bootCode([UInt8](repeating: 0, count: 512), coreAt: 1) == nil)
    #expect(GRUBEmbedding.bootCode([], coreAt: 1) == nil)
  }

  @Test func theCoreKnowsWhereTheRestOfItLies() throws {
    var image = [UInt8](repeating: 1, count: 512 * 3 - 5)
    image.replaceSubrange(508 - 8..<512, with: [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 0x08])
    let core = try #require(GRUBEmbedding.core(image, at: 2048))
    #expect(core.count == 512 * 3)
    #expect(Array(core[500..<512]) == [1, 8, 0, 0, 0, 0, 0, 0, 2, 0, 0x20, 0x08])
    image[508] = 9
    #expect(GRUBEmbedding.core(image, at: 2048) == nil)
    #expect(GRUBEmbedding.core([1, 2], at: 2048) == nil)
  }

  /// A payload with a kernel that is an EFI program.
  private func content(in directory: FilePath, parameters: String = "") throws -> ExportContent {
    let parts: [(String, [UInt8])] = [
      ("vmlinuz", UnifiedKernelTests.kernel), ("initrd.img", [1]), ("modules.img", [2]),
    ]
    let payload = directory.appending("payload")
    try Files.makeDirectory(payload)
    for (name, bytes) in parts { try writeFile(payload.appending(name).string, bytes) }
    let manifest = Manifest(
      productVersion: "1.2", kernelVersion: "6.1.0",
      files: try parts.map { try Manifest.File(describing: $0.1, name: $0.0) }, packages: [])
    try writeFile(payload.appending(Manifest.fileName).string, manifest.encoded())
    return try ExportContent(payload: payload, config: Array("{}".utf8), parameters: parameters)
  }

  @Test func theUnifiedKernelHoldsTheSite() async throws {
    try await withTemporaryDirectory { directory in
      let content = try content(in: directory, parameters: "console=ttyS0")
      let image = try #require(PEImage(content.unifiedKernel(stub: UnifiedKernelTests.stub)))
      let initrd = try #require(image.sections.first { $0.name == ".initrd" })
      let bytes = image.bytes[initrd.rawOffset..<initrd.rawOffset + initrd.virtualSize]
      // The segments before it take 4 bytes each.
      #expect(try SiteSegment.config(in: Array(bytes.dropFirst(8))) == Array("{}".utf8))
      let text = String(decoding: image.bytes, as: UTF8.self)
      #expect(text.contains("quiet panic=30 console=ttyS0"))
      #expect(text.contains("PRETTY_NAME=\"iSCSI Target Ramdisk 1.2\""))
    }
  }

  @Test func theMenuNamesEverySegment() async throws {
    try await withTemporaryDirectory { directory in
      let quiet = GRUBImages(marker: "ramdisk.0", content: try content(in: directory)).configuration
      let files = ["initrd.img", "modules.img", "site.img"].map { "/iscsi-target-ramdisk/\($0)" }
      #expect(quiet.contains("initrd \(files.joined(separator: " "))\n"))
      #expect(quiet.contains("linux /iscsi-target-ramdisk/vmlinuz quiet panic=30\n"))
      #expect(!quiet.contains("serial"))
      let serial = GRUBImages(
        marker: "ramdisk.0", content: try content(in: directory, parameters: "console=ttyS0")
      ).configuration
      #expect(serial.contains("terminal_output --append serial"))
    }
  }

  @Test(arguments: ["a'b", "a\nb"]) func parametersCannotLeaveTheirLine(parameters: String) async throws {
    try await withTemporaryDirectory { directory in
      _ = #expect(throws: UnifiedKernelError.self) { try content(in: directory, parameters: parameters) }
    }
  }

  @Test func whatIsThereIsNotReplaced() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("taken.img")
      try writeFile(path.string, [1])
      let exporter = Exporter(try content(in: directory))
      await #expect(throws: ExportError.self) { try await exporter.write(.usb, to: path) }
      await #expect(throws: ExportError.self) {
        try await exporter.write(.usb, to: directory.appending("none").appending("x.img"))
      }
      #expect(try Files.read(path) == [1])
    }
  }

  @Test(.enabled(if: Files.exists(ExportTools.stubs[0]), "needs systemd-boot-efi"))
  func interruptedItLeavesNothing() async throws {
    try await withTemporaryDirectory { directory in
      let file = directory.appending("ramdisk.efi")
      let content = try content(in: directory)
      let before = try FileManager.default.contentsOfDirectory(atPath: directory.string)
      await #expect(throws: ExportError.interrupted) {
        try await Exporter(content) { true }.write(.efi, to: file)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.string) == before)
      _ = try await Exporter(content).write(.efi, to: file)
      #expect(PEImage(try Files.read(file)) != nil)
    }
  }

  @Test(
    .enabled(
      if: Files.exists(ExportTools.stubs[0]) && Files.exists("/usr/bin/sbsign"),
      "needs systemd-boot-efi and sbsigntool"))
  func theProgramIsSignedWithTheKeyOfItsOwner() async throws {
    try await withTemporaryDirectory { directory in
      let keys = [try await key(named: "mine", in: directory), try await key(named: "other", in: directory)]
      let file = directory.appending("ramdisk.efi")
      _ = try await Exporter(try content(in: directory), signingKey: keys[0]).write(.efi, to: file)
      try await Tool.run("sbverify", ["--cert", keys[0].certificate.string, file.string])
      await #expect(throws: PayloadError.self) {
        try await Tool.run("sbverify", ["--cert", keys[1].certificate.string, file.string])
      }
      let missing = SigningKey(key: directory.appending("none"), certificate: keys[0].certificate)
      let other = directory.appending("other.efi")
      await #expect(throws: ExportError.self) {
        try await Exporter(try content(in: directory), signingKey: missing).write(.efi, to: other)
      }
      #expect(!Files.exists(other))
    }
  }

  private func key(named name: String, in directory: FilePath) async throws -> SigningKey {
    let made = SigningKey(
      key: directory.appending("\(name).key"), certificate: directory.appending("\(name).pem"))
    try await Tool.run(
      "openssl",
      [
        "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=\(name)/",
        "-keyout", made.key.string, "-out", made.certificate.string,
      ])
    return made
  }

  @Test func missingPackagesAreNamedAtOnce() {
    let error = ExportError.missing([
      ExportError.Need(name: "mcopy", package: "mtools"),
      ExportError.Need(name: "mformat", package: "mtools"),
      ExportError.Need(name: "xorriso", package: "xorriso"),
    ])
    #expect(
      error.description
        == "not installed: mcopy, mformat, xorriso; on Debian and Ubuntu: apt-get install mtools xorriso")
  }
}
