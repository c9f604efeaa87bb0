/// Every file of the sample disk's system with its content, mode and owner, to tell two states of it apart.
public struct DiskFingerprint: Sendable {
  /// Path to what there is to say about it.
  let entries: [String: String]

  /// What package management and log files write as they go, and what Debian writes while it runs: not part of what an
  /// installation must restore.
  private static let volatile = [
    "/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/", "/var/lib/systemd/", "/var/lib/lab/",
    "/boot/efi/loader/random-seed",
    "/etc/ld.so.cache", "/tmp/", "/root/.bash_history",
  ]

  /// Takes the fingerprint of a mounted disk.
  ///
  /// - Parameter system: directory with a copy of the EFI system partition.
  init(of mounted: MountedDisk, system: String) async throws {
    let script = """
      cd "$1"
      # Begun from, a file system mounted there is looked at, too.
      set -- .
      ! mountpoint --quiet boot || set -- . ./boot
      find "$@" -xdev -type f -print0 | xargs -0 sha256sum
      echo ==
      find "$@" -xdev \\( -type d -printf '%p\\t%y %m %U:%G\\n' \\) -o -printf '%p\\t%y %m %U:%G %l\\n'
      """
    let output = try await mounted.run(["sh", "-c", script, "sh", mounted.root])
    let parts = output.split(separator: "\n==\n", maxSplits: 1)
    guard parts.count == 2 else { throw LabError(.unexpected, "no list of files: \(output.prefix(200))") }
    var entries = DiskFingerprint.digests(listed: parts[0])
    for line in parts[1].split(separator: "\n") {
      let fields = line.split(separator: "\t", maxSplits: 1)
      guard fields.count == 2 else { continue }
      entries[DiskFingerprint.path(fields[0]), default: ""] += " " + fields[1]
    }
    for (path, digest) in try await DiskFingerprint.digests(below: system) {
      entries["/boot/efi" + path] = digest
    }
    self.entries = entries.filter { entry in !DiskFingerprint.volatile.contains { entry.key.hasPrefix($0) } }
  }

  /// Of the files in a directory of the host.
  private static func digests(below directory: String) async throws -> [String: String] {
    let script = "cd \"$1\" && find . -type f -print0 | xargs -0 -r sha256sum"
    return digests(listed: try await HostCommand(["sh", "-c", script, "sh", directory]).run()[...])
  }

  /// As sha256sum lists them.
  private static func digests(listed text: Substring) -> [String: String] {
    let pairs = text.split(separator: "\n").map { (path($0.dropFirst(66)), String($0.prefix(64))) }
    return Dictionary(pairs) { $1 }
  }

  /// Paths that were there before and are gone or different now, and those that are new, sorted.
  public static func differences(from before: DiskFingerprint, to after: DiskFingerprint) -> [String] {
    let changed = before.entries.compactMap { path, content -> String? in
      guard let now = after.entries[path] else { return "gone: \(path)" }
      return now == content ? nil : "changed: \(path)"
    }
    return (changed + after.entries.keys.filter { before.entries[$0] == nil }.map { "new: \($0)" }).sorted()
  }

  /// `./etc/fstab` is `/etc/fstab`.
  private static func path(_ listed: Substring) -> String { String(listed.dropFirst()) }
}

extension Laboratory {
  /// Fingerprint of the disk as it is now.
  public func fingerprint() async throws -> DiskFingerprint {
    let system = workspace.file("system")
    try await HostCommand(["rm", "-rf", system]).run()
    try await HostCommand(["mkdir", system]).run()
    try await HostCommand(["mcopy", "-s", "-n", "-Q", "-i", disk.systemImage, "::", system]).run()
    return try await disk.mounted(in: workspace) { try await DiskFingerprint(of: $0, system: system) }
  }
}
