extension SampleDisk {
  /// Makes the image, the partition table and the file systems.
  func partition(in workspace: Workspace) async throws {
    try await HostCommand(["rm", "-f", path]).run()
    try await HostCommand(["truncate", "--size", "\(layout.size)", path]).run()
    try await HostCommand(["sfdisk", "--quiet", path]).run(input: layout.partitionTable)
    try await encryptedRoot?.make(in: workspace)
    _ = try await withRootImage(in: workspace) { image, namespace in
      try await namespace.command(
        ["mke2fs", "-q", "-t", "ext4", "-U", rootUUID, "-L", "root"]
          + (image.map { [$0] } ?? [
            "-E", "offset=\(layout.root.offset)", path, "\(layout.root.count / 2)k",
          ])
      ).run()
    }
    try await HostCommand([
      "mformat", "-i", systemImage, "-F", "-v", "ESP", "-N", SampleDisk.systemSerial, "-T",
      "\(layout.system.count)", "::",
    ]).run()
    if let boot = layout.boot { try await makeBoot(boot, in: workspace) }
  }

  /// mkfs.xfs knows no offset.
  private func makeBoot(_ extent: Layout.Extent, in workspace: Workspace) async throws {
    let image = workspace.file("boot.img")
    try await HostCommand(["truncate", "--size", "\(extent.count * Layout.sector)", image]).run()
    try await HostCommand(["mkfs.xfs", "-q", "-L", "boot", "-m", "uuid=\(bootUUID)", image]).run()
    try await HostCommand([
      "dd", "if=\(image)", "of=\(path)", "bs=64K", "seek=\(extent.offset)", "oflag=seek_bytes",
      "conv=notrunc,sparse", "status=none",
    ]).run()
    try await HostCommand(["rm", image]).run()
  }

  /// Identifies the EFI system partition, which /dev/disk/by-uuid names `1A5E-B007`.
  private static let systemSerial = "1A5EB007"
  static let systemUUID = "1A5E-B007"

  /// The EFI system partition, as mtools names it: not every kernel can mount it.
  var systemImage: String { "\(path)@@\(layout.system.offset)" }

  /// The container of the root, where the layout has it encrypted.
  var encryptedRoot: EncryptedRoot? {
    passphrase.map { EncryptedRoot(passphrase: $0, disk: path, extent: layout.root) }
  }

  /// Calls `body` with a file that holds the root file system by itself, nil where it lies in the open on the disk; the
  /// file is there for programs in the namespace.
  func withRootImage<Value: Sendable>(
    in workspace: Workspace, _ body: @Sendable (String?, MountNamespace) async throws -> Value
  ) async throws -> Value {
    try await MountNamespace.with { namespace in
      guard let encryptedRoot else { return try await body(nil, namespace) }
      return try await encryptedRoot.open(in: workspace, namespace) { try await body($0, namespace) }
    }
  }

  /// Checks the file systems that systems boot from and write to, changing nothing.
  ///
  /// - Throws: `LabError` where one is not clean.
  func check(in workspace: Workspace) async throws {
    _ = try await withRootImage(in: workspace) { image, namespace in
      try await namespace.command([
        "e2fsck", "-f", "-n", image ?? "\(path)?offset=\(layout.root.offset)",
      ]).run()
    }
    guard let boot = layout.boot else { return }
    let image = workspace.file("boot.img")
    try await HostCommand([
      "dd", "if=\(path)", "of=\(image)", "bs=64K", "iflag=skip_bytes,count_bytes", "skip=\(boot.offset)",
      "count=\(boot.count * Layout.sector)", "conv=sparse", "status=none",
    ]).run()
    try await HostCommand(["xfs_repair", "-f", "-n", image]).run()
    try await HostCommand(["rm", image]).run()
  }
}
