/// A disk with a real Debian system that boots by BIOS and by UEFI, as its owner would have installed it.
public struct SampleDisk: Sendable {
  /// Raw image.
  public let path: String
  /// Password of root, random, known to nobody else.
  public let rootPassword: String
  /// Of the root file system, which is also the boot file system.
  public let rootUUID: String

  private static let sector = 512
  private static let size = 2600 << 20
  private static let systemPartition = (start: 4096, count: 131_072)
  private static let rootStart = 135_168
  /// Where the root file system begins, in bytes.
  static var rootOffset: Int { rootStart * sector }
  /// Room for the second partition table, in sectors.
  private static let tail = 2048

  /// Makes the disk.
  ///
  /// - Parameters:
  ///   - path: the image, replaced where it exists; sparse, 2.6 GB.
  ///   - cache: directory for the base system, see `BaseSystem`.
  public static func make(at path: String, cache: String, in workspace: Workspace) async throws -> SampleDisk
  {
    let archive = try await BaseSystem.archive(cache: cache)
    let disk = SampleDisk(path: path, rootPassword: try random(16), rootUUID: try newUUID())
    try await disk.partition()
    try await MountedDisk.with(image: path, in: workspace) { mounted in
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

  private func partition() async throws {
    try await HostCommand(["rm", "-f", path]).run()
    try await HostCommand(["truncate", "--size", "\(SampleDisk.size)", path]).run()
    let system = SampleDisk.systemPartition
    let rootCount = SampleDisk.size / SampleDisk.sector - SampleDisk.rootStart - SampleDisk.tail
    try await HostCommand(["sfdisk", "--quiet", path]).run(
      input: """
        label: gpt
        start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649
        start=\(system.start), size=\(system.count), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
        start=\(SampleDisk.rootStart), size=\(rootCount), type=0FC63DAF-8483-4772-8E79-3D69D8477DE4

        """)
    try await HostCommand([
      "mke2fs", "-q", "-t", "ext4", "-U", rootUUID, "-L", "root",
      "-E", "offset=\(SampleDisk.rootStart * SampleDisk.sector)", path, "\(rootCount / 2)k",
    ]).run()
    try await HostCommand(["mformat", "-i", systemImage, "-F", "-v", "ESP", "-T", "\(system.count)", "::"])
      .run()
  }

  /// The EFI system partition, as mtools names it: not every kernel can mount it.
  private var systemImage: String {
    "\(path)@@\(SampleDisk.systemPartition.start * SampleDisk.sector)"
  }

  private func installLoaders(_ mounted: MountedDisk, in workspace: Workspace) async throws {
    try await mounted.chroot(["grub-install", "--target=i386-pc", mounted.device])
    try await mounted.chroot(["grub-mkconfig", "--output=/boot/grub/grub.cfg"])

    try await mounted.chroot([
      "sh", "-c",
      "mkdir -p /boot/grub/x86_64-efi && cp /usr/lib/grub/x86_64-efi/*.mod /usr/lib/grub/x86_64-efi/*.lst /boot/grub/x86_64-efi/",
    ])
    let image = workspace.file("grubx64.efi")
    let configuration = workspace.file("grub.cfg")
    try await mounted.chroot([
      "grub-mkimage", "--format=x86_64-efi", "--prefix=/EFI/debian", "--output=/tmp/grubx64.efi",
      "part_gpt", "fat", "ext2", "search", "search_fs_uuid", "configfile", "normal",
    ])
    try await mounted.run(["mv", "\(mounted.root)/tmp/grubx64.efi", image])
    try HostFile.write(
      """
      search.fs_uuid \(rootUUID) root
      set prefix=($root)/boot/grub
      configfile $prefix/grub.cfg

      """, to: configuration)
    try await HostCommand(["mmd", "-i", systemImage, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"]).run()
    for (file, place) in [
      (image, "::/EFI/BOOT/BOOTX64.EFI"), (image, "::/EFI/debian/grubx64.efi"),
      (configuration, "::/EFI/debian/grub.cfg"),
    ] {
      try await HostCommand(["mcopy", "-i", systemImage, file, place]).run()
    }
    try await HostCommand(["rm", image, configuration]).run()
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
