import SystemPackage

/// A CD image that BIOS and UEFI boot, from a disc or copied to a USB stick as it is (what grub-mkrescue makes).
struct ISOImage {
  let content: ExportContent
  let images: GRUBImages

  static func requireTools() async throws {
    try await ExportTools.require(
      programs: ["grub-mkimage", "mformat", "mcopy", "xorriso"],
      files: ["i386-pc/boot_hybrid.img", "i386-pc/cdboot.img", "i386-pc/normal.mod", "x86_64-efi/normal.mod"])
  }

  /// Writes the image to `path`, which is there and empty.
  func write(to path: FilePath, work: FilePath) async throws {
    let tree = work.appending("tree")
    try await MediumTree(content: content, images: images).write(to: tree)
    let core = tree.appending("boot").appending("grub").appending("eltorito.img")
    try Files.rename(try await images.discCore(in: work), to: core)
    let firmware = try await firmwarePartition(work: work)
    try await Tool.run(
      "xorriso",
      [
        "-as", "mkisofs", "-quiet", "-o", path.string, "-R", "-V", "ISCSI_TARGET_RAMDISK",
        // For a BIOS that takes it for a hard disk, and for one that takes it for a disc (El Torito).
        "--grub2-mbr", ExportTools.grub("i386-pc").appending("boot_hybrid.img").string,
        "-partition_offset", "16",
        "-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table",
        "--grub2-boot-info",
        // For UEFI: one partition, found by the partition table and by El Torito.
        "-append_partition", "2", "0xef", firmware.string, "-appended_part_as_gpt",
        "-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
        tree.string,
      ])
  }

  /// An EFI system partition that holds GRUB; it finds the rest on the disc.
  private func firmwarePartition(work: FilePath) async throws -> FilePath {
    let directory = work.appending("EFI")
    try Files.makeDirectory(directory.appending("BOOT"))
    let program = directory.appending("BOOT").appending("BOOTX64.EFI")
    try Files.rename(try await images.program(in: work), to: program)
    let path = work.appending("efi.img")
    let sectors = (try Files.read(program).count >> 20 + 2) * 2048
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { try file.resize(to: Int64(sectors * GRUBEmbedding.sectorSize)) }
    let fileSystem = FATImage(path: path)
    try await fileSystem.format(sectors: sectors, label: "RAMDISK")
    try await fileSystem.add([directory])
    return path
  }
}
