import Linux
import Subprocess
import SystemPackage
import Testing

@testable import PayloadImage

/// A whole payload from a kernel, modules and packages made for the test.
@Suite struct AssemblyTests {
  static let release = "6.12.1-test"

  /// Compiles an object with the section that makes a file a module.
  private func makeModule(_ name: String, info: String = "", code: String = "", in root: FilePath)
    async throws -> FilePath
  {
    let path = root.appending("lib/modules/\(Self.release)/kernel/\(name).ko")
    try Files.makeDirectory(path.removingLastComponent())
    let source = """
      __attribute__((section(".modinfo"), used)) static const char info[] = "name=\(name)\\0\(info)";
      \(code)
      """
    try await Tool.run("gcc", ["-c", "-x", "c", "-o", path.string, "-"], input: Array(source.utf8))
    return path
  }

  /// A static program that needs no C library.
  private func makeProgram(_ path: FilePath) async throws {
    try await Tool.run(
      "gcc", ["-static", "-nostdlib", "-Wl,--build-id=none", "-x", "c", "-o", path.string, "-"],
      input: Array("void _start(void) { for (;;); }".utf8))
  }

  private func assemble(in directory: FilePath, kernelConfiguration: String? = nil) async throws
    -> PayloadBuilder.Report
  {
    let root = directory.appending("root")
    if let kernelConfiguration {
      try Files.makeDirectory(root.appending("boot"))
      try writeFile(root.appending("boot/config-\(Self.release)").string, Array(kernelConfiguration.utf8))
    }
    // depmod ties modules together by the symbols that one exports and another uses.
    _ = try await makeModule(
      "top", info: "depends=base\\0firmware=vendor/chip.bin",
      code: "void base_call(void); void top(void) { base_call(); }",
      in: root)
    let base = try await makeModule(
      "base", info: "depends=\\0alias=pci:v1234d*",
      code: """
        void base_call(void) {}
        __asm__(".section __ksymtab_strings,\\"a\\"\\n__kstrtab_base_call: .asciz \\"base_call\\"\\n"
          ".globl __ksymtab_base_call\\n.section __ksymtab,\\"a\\"\\n__ksymtab_base_call: .quad 0\\n");
        """, in: root)
    _ = try await makeModule("unwanted", in: root)
    try await Tool.run("xz", [base.string])
    try await ModuleTree.makeIndex(release: Self.release, root: root)
    let firmware = directory.appending("firmware/usr/lib/firmware/vendor")
    try Files.makeDirectory(firmware)
    try writeFile(firmware.appending("chip.bin").string, [1, 2, 3])
    let package = directory.appending("package")
    try Files.makeDirectory(package.appending("usr/share/doc/tool"))
    try writeFile(package.appending("usr/share/doc/tool/copyright").string, Array("free\n".utf8))
    // An absolute link means a place within the package, as it will when the package is installed.
    try Files.makeDirectory(package.appending("boot"))
    try writeFile(package.appending("boot/tool").string, Array("tool\n".utf8))
    try Files.link(package.appending("tool"), to: "/boot/tool")
    try Files.makeDirectory(directory.appending("own"))
    try writeFile(directory.appending("own/note").string, [9])
    let ramdiskd = directory.appending("ramdiskd")
    try await makeProgram(ramdiskd)

    var packages = PackageSet()
    packages.files = ["tool": package]
    packages.firmware = [directory.appending("firmware")]
    let builder = PayloadBuilder(ramdiskd: ramdiskd, recipe: directory.appending("own"), cache: directory)
    return try await builder.assemble(
      RecipeTests.recipe(
        files: "file /bin/tool 0755 tool /none|/tool\ndir /proc 0555\nfile /own 0644 recipe ../own/note",
        modules: "top required\nabsent"),
      image: KernelImage(KernelImageTests.image(version: "\(Self.release) x"), path: "k"),
      tree: ModuleTree(release: Self.release, root: root), packages: packages,
      work: directory.appending("work"), output: directory.appending("out"))
  }

  @Test func theSameInputsGiveTheSameBytes() async throws {
    let manifests = try await withTemporaryDirectory { first in
      try await withTemporaryDirectory { second in
        [try await assemble(in: first).manifest, try await assemble(in: second).manifest]
      }
    }
    #expect(manifests[0].files.map(\.name) == ["vmlinuz", "initrd.img", "modules.img"])
    #expect(manifests[0] == manifests[1])
  }

  @Test func modulesStayCompressedForAKernelThatUnpacksThem() async throws {
    try await withTemporaryDirectory { directory in
      _ = try await assemble(
        in: directory, kernelConfiguration: "CONFIG_MODULE_COMPRESS_XZ=y\nCONFIG_MODULE_DECOMPRESS=y\n")
      let modules = try Files.read(directory.appending("out/modules.img"))
      let entries = try NewcReader.read(await Compression.decompress(segment: modules)).entries
      let prefix = "lib/modules/\(Self.release)/"
      #expect(
        entries.map(\.path).filter { $0.contains(".ko") } == [
          prefix + "kernel/base.ko.xz", prefix + "kernel/top.ko",
        ])
      guard case .file(let text) = entries.first(where: { $0.path == prefix + "modules.dep" })?.content else {
        Issue.record("no modules.dep")
        return
      }
      #expect(String(decoding: text, as: UTF8.self).contains("kernel/top.ko: kernel/base.ko.xz\n"))
    }
  }

  @Test(arguments: [
    ("CONFIG_MODULE_DECOMPRESS=y\nCONFIG_MODULE_COMPRESS_ZSTD=y\n", ".zst"),
    ("CONFIG_MODULE_COMPRESS_GZIP=y\nCONFIG_MODULE_DECOMPRESS=y", ".gz"),
    ("CONFIG_MODULE_COMPRESS_XZ=y\n# CONFIG_MODULE_DECOMPRESS is not set\n", nil), ("", nil),
  ])
  func aKernelSaysWhatItUnpacks(configuration: String, suffix: String?) {
    #expect(ModuleCompression.suffix(configuration: configuration) == suffix)
  }

  @Test func segmentsHoldWhatTheRecipeSays() async throws {
    try await withTemporaryDirectory { directory in
      let report = try await assemble(in: directory)
      let output = directory.appending("out")
      try Manifest.read(directory: output).verify(directory: output)
      #expect(report.manifest.kernelVersion == Self.release)
      #expect(report.manifest.notes.contains { $0.hasSuffix("has not: absent") })

      // As the boot loader hands them over: one after the other.
      let runtime = try Files.read(output.appending("initrd.img"))
      let modules = try Files.read(output.appending("modules.img"))
      #expect(runtime.count.isMultiple(of: 4) && modules.count.isMultiple(of: 4))
      let inRuntime = try NewcReader.read(await Compression.decompress(segment: runtime)).entries
      #expect(inRuntime.first { $0.path == "init" }?.permissions == 0o755)
      #expect(inRuntime.contains(.file("bin/tool", permissions: 0o755, Array("tool\n".utf8))))
      #expect(inRuntime.contains(.file("usr/share/doc/tool/copyright", Array("free\n".utf8))))
      #expect(inRuntime.contains(.file("own", [9])))
      #expect(inRuntime.contains(.directory("proc", permissions: 0o555)))

      let inModules = try NewcReader.read(await Compression.decompress(segment: modules)).entries
      let prefix = "lib/modules/\(Self.release)/"
      let paths = inModules.map(\.path).filter { $0.hasSuffix(".ko") }
      #expect(paths == [prefix + "kernel/base.ko", prefix + "kernel/top.ko"])
      #expect(inModules.contains(.file("lib/firmware/vendor/chip.bin", [1, 2, 3])))
      guard case .file(let text) = inModules.first(where: { $0.path == prefix + "modules.dep" })?.content
      else {
        Issue.record("no modules.dep")
        return
      }
      #expect(String(decoding: text, as: UTF8.self).contains("kernel/top.ko: kernel/base.ko\n"))
    }
  }

  @Test func aKernelWithoutARequiredModuleIsRefused() async throws {
    try await withTemporaryDirectory { directory in
      _ = try await makeModule("top", in: directory)
      try await ModuleTree.makeIndex(release: Self.release, root: directory)
      let tree = try ModuleTree(release: Self.release, root: directory)
      let error = await #expect(throws: PayloadError.self) {
        try await ModulesSegment(
          tree: tree, wanted: [.init(name: "e1000", isRequired: true)], firmware: [],
          work: directory.appending("work"))
      }
      #expect(error?.description.contains("lacks e1000") == true)
    }
  }

  @Test func onlyStaticProgramsBecomeInit() throws {
    // This test itself needs shared libraries.
    let error = #expect(throws: PayloadError.self) {
      try RuntimeSegment(ramdiskd: "/proc/self/exe", members: [], packages: [:], recipe: "/")
    }
    #expect(error?.description.contains("-static-executable") == true)
    #expect(throws: PayloadError.self) {
      try RuntimeSegment(ramdiskd: "/etc/passwd", members: [], packages: [:], recipe: "/")
    }
  }

  @Test func missingFilesOfPackagesAreNamed() async throws {
    try await withTemporaryDirectory { directory in
      let recipe = try RecipeTests.recipe(files: "file /a 0644 tool /usr/a|/b")
      let ramdiskd = directory.appending("ramdiskd")
      try await makeProgram(ramdiskd)
      let error = #expect(throws: PayloadError.self) {
        try RuntimeSegment(
          ramdiskd: ramdiskd, members: recipe.members, packages: ["tool": directory], recipe: directory)
      }
      #expect(error?.description == "tool has no /usr/a nor /b")
    }
  }

  @Test func failuresOfToolsSayWhatFailed() async throws {
    let missing = await #expect(throws: PayloadError.self) { try await Tool.run("no-such-tool-here", []) }
    #expect(missing == .toolMissing("no-such-tool-here"))
    let failed = await #expect(throws: PayloadError.self) { try await Tool.run("ls", ["/no/such/file"]) }
    #expect(failed?.description.contains("/no/such/file") == true)
  }
}
