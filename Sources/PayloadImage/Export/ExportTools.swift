import SystemPackage

/// What the host's packages contribute to an exported file; nothing of it is kept by us.
struct ExportTools {
  /// Directory with the modules and images of one of GRUB's platforms: `i386-pc`.
  static func grub(_ platform: String) -> FilePath { FilePath("/usr/lib/grub").appending(platform) }

  /// Places of systemd-stub(7), by distribution.
  static let stubs: [FilePath] = [
    "/usr/lib/systemd/boot/efi/linuxx64.efi.stub", "/usr/lib64/systemd/boot/efi/linuxx64.efi.stub",
  ]

  private static let packages = [
    "grub-mkimage": "grub-common", "mformat": "mtools", "mcopy": "mtools", "sfdisk": "fdisk",
    "xorriso": "xorriso", "sbsign": "sbsigntool", "sbverify": "sbsigntool", "i386-pc": "grub-pc-bin",
    "x86_64-efi": "grub-efi-amd64-bin",
  ]

  /// Looks for everything at once, so that one command mends all.
  ///
  /// - Parameters:
  ///   - programs: names in PATH.
  ///   - files: below GRUB's directory: `i386-pc/boot.img`.
  /// - Throws: `ExportError.missing`.
  static func require(programs: [String], files: [String]) async throws {
    var missing: [ExportError.Need] = []
    for program in programs where await !exists(program) {
      missing.append(ExportError.Need(name: program, package: packages[program] ?? program))
    }
    for file in files {
      let path = FilePath("/usr/lib/grub").appending(file)
      guard !Files.exists(path) else { continue }
      let platform = file.prefix { $0 != "/" }
      missing.append(
        ExportError.Need(name: path.string, package: packages[String(platform)] ?? "grub-common"))
    }
    guard missing.isEmpty else { throw ExportError.missing(missing) }
  }

  /// The stub of systemd.
  ///
  /// - Throws: `ExportError.missing`.
  static func stub() throws -> [UInt8] {
    guard let path = stubs.first(where: Files.exists) else {
      throw ExportError.missing([ExportError.Need(name: stubs[0].string, package: "systemd-boot-efi")])
    }
    return try Files.read(path)
  }

  /// The name under which this distribution has GRUB's image maker.
  static func imageMaker() async -> String {
    await Tool.exists("grub-mkimage") ? "grub-mkimage" : "grub2-mkimage"
  }

  private static func exists(_ program: String) async -> Bool {
    if program == "grub-mkimage" { return await Tool.exists(imageMaker()) }
    return await Tool.exists(program)
  }
}
