/// Programs of the host that the laboratory runs.
enum Requirements {
  private static let programs: [(program: String, package: String)] = [
    ("bash", "bash"), ("e2fsck", "e2fsprogs"), ("losetup", "mount"), ("mformat", "mtools"),
    ("mke2fs", "e2fsprogs"), ("mmdebstrap", "mmdebstrap"), ("nsenter", "util-linux"), ("partx", "util-linux"),
    ("qemu-system-x86_64", "qemu-system-x86"), ("sfdisk", "fdisk"), ("unshare", "util-linux"),
  ]

  /// Looks for all of them.
  ///
  /// - Throws: `LabError.missingProgram` that names every one that is missing, and the command that brings them.
  static func check() async throws {
    var missing: [(program: String, package: String)] = []
    for need in programs {
      let found = try await HostCommand(["sh", "-c", "command -v \(need.program)"]).result()
      if found.status != 0 { missing.append(need) }
    }
    guard !missing.isEmpty else { return }
    let names = missing.map(\.program).joined(separator: ", ")
    let packages = Set(missing.map(\.package)).sorted().joined(separator: " ")
    throw LabError(
      .missingProgram, "not installed: \(names). On Debian and Ubuntu: sudo apt-get install \(packages)")
  }
}
