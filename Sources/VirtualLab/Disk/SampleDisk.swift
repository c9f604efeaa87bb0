/// A disk with a real Debian system that boots by BIOS and by UEFI, as its owner would have installed it.
public struct SampleDisk: Sendable {
  /// Raw image.
  public let path: String
  /// Password of root, random, known to nobody else.
  public let rootPassword: String
  /// Of the root file system, and of the one that is mounted at /boot, which may be the same.
  public let rootUUID: String
  public let bootUUID: String
  public let layout: Layout
  /// Opens the root, where it is encrypted; random, known to nobody else.
  public let passphrase: String?

  /// Makes the disk.
  ///
  /// - Parameters:
  ///   - path: the image, replaced where it exists; sparse, about 3 GB.
  ///   - cache: directory for the base system, see `BaseSystem`.
  public static func make(
    at path: String, _ layout: Layout, cache: String, in workspace: Workspace
  ) async throws -> SampleDisk {
    let archive = try await BaseSystem.archive(layout.release, packages: layout.packages, cache: cache)
    let rootUUID = try newUUID()
    let disk = SampleDisk(
      path: path, rootPassword: try random(16), rootUUID: rootUUID,
      bootUUID: layout.hasSeparateBoot ? try newUUID() : rootUUID, layout: layout,
      passphrase: layout.isEncrypted ? try random(16) : nil)
    try await disk.partition(in: workspace)
    try await disk.mounted(in: workspace) { mounted in
      try await mounted.run([
        "tar", "--extract", "--numeric-owner", "--xattrs", "--file", archive, "--directory", mounted.root,
      ])
      try await mounted.mountSystemDirectories()
      try await disk.configure(mounted)
      try await disk.installLoaders(mounted, in: workspace)
      // A machine in use knows what there is to install.
      try await mounted.chroot(["apt-get", "--quiet", "update"])
    }
    return disk
  }

  /// Mounts its file systems, see `MountedDisk.with`.
  func mounted<Value: Sendable>(
    in workspace: Workspace, _ body: @Sendable (MountedDisk) async throws -> Value
  ) async throws -> Value {
    try await MountedDisk.with(self, in: workspace, body)
  }

  private static func newUUID() throws -> String {
    String(try HostFile.read("/proc/sys/kernel/random/uuid").prefix(36))
  }

  private static func random(_ length: Int) throws -> String {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
    return String((0..<length).map { _ in alphabet.randomElement(using: &generator) ?? "a" })
  }
}
