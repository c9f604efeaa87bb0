import Linux
import SystemPackage

/// A disk image for a USB stick: GPT with a protective MBR, GRUB for BIOS in a partition of its own, and an EFI system
/// partition with GRUB for UEFI, the kernel and the segments, where a site can be exchanged by copying a file.
struct USBImage {
  let content: ExportContent
  let images: GRUBImages

  /// In sectors of 512 bytes.
  private enum Layout {
    static let core = (start: 2048, count: 2048)
    static let files = 4096
    /// The second table at the end, rounded to a MiB.
    static let end = 2048
  }

  static func requireTools() async throws {
    try await ExportTools.require(
      programs: ["grub-mkimage", "mformat", "mcopy", "sfdisk"],
      files: ["i386-pc/boot.img", "i386-pc/normal.mod", "x86_64-efi/normal.mod"])
  }

  /// Writes the image to `path`, which is there and empty.
  func write(to path: FilePath, work: FilePath) async throws {
    let tree = work.appending("tree")
    try await MediumTree(content: content, images: images).write(to: tree)
    let programs = tree.appending("EFI").appending("BOOT")
    try Files.makeDirectory(programs)
    let program = try await Files.read(images.program(in: work))
    try Files.replace(programs.appending("BOOTX64.EFI"), permissions: 0o600, with: program)

    // A sixteenth more for the tables and the clusters' ends.
    let bytes = (content.size + program.count) / 16 * 17 + 4 << 20
    let mebibytes = max(FATImage.smallestFAT32, bytes) >> 20 + 1
    let sectors = mebibytes * 2048
    try await partition(path, sectors: sectors)
    let fileSystem = FATImage(path: path, offset: Layout.files * GRUBEmbedding.sectorSize)
    try await fileSystem.format(sectors: sectors, label: "RAMDISK")
    try await fileSystem.add(
      ["EFI", "boot", ExportContent.directory, images.marker].map { tree.appending($0) })
    try await embed(path, work: work)
  }

  private func partition(_ path: FilePath, sectors: Int) async throws {
    let image = try FileDescriptor.open(path, .writeOnly)
    try image.closeAfter {
      try image.resize(to: Int64((Layout.files + sectors + Layout.end) * GRUBEmbedding.sectorSize))
    }
    let script = """
      label: gpt
      unit: sectors
      start=\(Layout.core.start), size=\(Layout.core.count), type=21686148-6449-6E6F-744E-656564454649, name="BIOS boot"
      start=\(Layout.files), size=\(sectors), type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="\(ExportContent.title)"

      """
    try await Tool.run(
      "sfdisk", ["--quiet", "--no-reread", "--no-tell-kernel", path.string], input: Array(script.utf8))
  }

  private func embed(_ path: FilePath, work: FilePath) async throws {
    let boot = ExportTools.grub("i386-pc").appending("boot.img")
    let image = try await Files.read(images.diskCore(in: work))
    guard let code = GRUBEmbedding.bootCode(try Files.read(boot), coreAt: Layout.core.start) else {
      throw PayloadError.unusable("\(boot) is no boot sector of GRUB")
    }
    guard let core = GRUBEmbedding.core(image, at: Layout.core.start),
      core.count <= Layout.core.count * GRUBEmbedding.sectorSize
    else { throw PayloadError.unusable("grub-mkimage made a core that does not fit a BIOS boot partition") }
    let disk = try FileDescriptor.open(path, .writeOnly)
    try disk.closeAfter {
      try disk.writeAll(toAbsoluteOffset: 0, code)
      try disk.writeAll(toAbsoluteOffset: Int64(Layout.core.start * GRUBEmbedding.sectorSize), core)
    }
  }
}

/// The files that GRUB finds on a medium, as a directory.
struct MediumTree {
  let content: ExportContent
  let images: GRUBImages

  func write(to directory: FilePath) async throws {
    try content.write(to: directory.appending(ExportContent.directory))
    let grub = directory.appending("boot").appending("grub")
    try Files.makeDirectory(grub)
    try Files.replace(
      grub.appending("grub.cfg"), permissions: 0o600, with: Array(images.configuration.utf8))
    try Files.replace(
      directory.appending(images.marker), permissions: 0o600,
      with: Array("\(ExportContent.title) \(content.manifest.productVersion)\n".utf8))
  }
}
