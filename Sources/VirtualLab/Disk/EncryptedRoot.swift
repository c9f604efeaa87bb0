/// The root partition as a LUKS container, which QEMU opens: not every kernel has dm-crypt.
struct EncryptedRoot: Sendable {
  /// Name below /dev/mapper once the system has opened it.
  static let name = "cryptroot"

  let passphrase: String
  /// The disk that holds it, and where.
  let disk: String
  let extent: SampleDisk.Layout.Extent

  /// Makes the container. Its header alone says what it is; the content is what the disk holds there, which reads as
  /// noise.
  func make(in workspace: Workspace) async throws {
    let header = workspace.file("luks.header")
    let key = try keyFile(in: workspace)
    try await HostCommand(["truncate", "--size", "4M", header]).run()
    // Emulated processors are slow: as few rounds of the key derivation as there may be. QEMU knows version 1 only.
    try await HostCommand([
      "cryptsetup", "luksFormat", "--batch-mode", "--type", "luks1", "--cipher", "aes-xts-plain64",
      "--key-size", "512", "--hash", "sha256", "--pbkdf-force-iterations", "1000", "--key-file", key, header,
    ]).run()
    try await HostCommand([
      "dd", "if=\(header)", "of=\(disk)", "bs=64K", "seek=\(extent.offset)", "oflag=seek_bytes",
      "conv=notrunc", "status=none",
    ]).run()
    try await HostCommand(["rm", header, key]).run()
  }

  /// UUID of the container.
  func uuid() async throws -> String {
    let output = try await HostCommand([
      "blkid", "--probe", "--offset", "\(extent.offset)", "--match-tag", "UUID", "--output", "value", disk,
    ]).run()
    return String(output.dropLast())
  }

  /// Calls `body` with a file whose content is that of the open container, for programs in `namespace`.
  func open<Value: Sendable>(
    in workspace: Workspace, _ namespace: MountNamespace, _ body: (String) async throws -> Value
  ) async throws -> Value {
    let plain = workspace.file("root.img")
    let log = workspace.file("container.log")
    let key = try keyFile(in: workspace)
    try HostFile.write("", to: plain)
    let arguments = namespace.arguments([
      "qemu-storage-daemon", "--object", "secret,id=key,file=\(key)",
      "--blockdev", "driver=file,node-name=disk,filename=\(disk),locking=off,discard=unmap",
      "--blockdev",
      "driver=raw,node-name=partition,file=disk,offset=\(extent.offset),size=\(extent.count * SampleDisk.Layout.sector)",
      "--blockdev", "driver=luks,node-name=root,file=partition,key-secret=key",
      "--export", "type=fuse,id=root,node-name=root,mountpoint=\(plain),writable=on",
    ])
    let value = try await GuardedProcess.with(arguments, log: log) {
      let opened = try await Deadline(after: .seconds(20)).poll {
        try HostFile.read("/proc/\(namespace.holder)/mounts").contains(" \(plain) fuse") ? true : nil
      }
      guard opened != nil else {
        let said = (try? HostFile.read(log)) ?? ""
        throw LabError(.unexpected, "qemu-storage-daemon did not open the root:\n\(said)")
      }
      return try await body(plain)
    }
    try await HostCommand(["rm", "-f", plain, key]).run()
    return value
  }

  private func keyFile(in workspace: Workspace) throws -> String {
    let file = workspace.file("passphrase")
    try HostFile.write(passphrase, to: file, permissions: [.ownerReadWrite])
    return file
  }
}
