import Linux
import SystemPackage

/// GRUB as the loader of a medium of ours: one configuration for BIOS and UEFI.
struct GRUBImages {
  /// Name of a file on the medium that no other medium has: GRUB finds the medium by it, whatever disks there are.
  let marker: String
  let content: ExportContent

  private static let modules = [
    "echo", "fat", "halt", "iso9660", "linux", "minicmd", "normal", "part_gpt", "part_msdos", "reboot",
    "search",
    "search_fs_file", "serial", "terminal",
  ]

  /// `i386-pc`: GRUB's core for a disk's BIOS boot partition.
  func diskCore(in directory: FilePath) async throws -> FilePath {
    try await make("i386-pc", in: directory, modules: ["biosdisk", "vga_text"])
  }

  /// `i386-pc-eltorito`: GRUB as a CD's boot image.
  func discCore(in directory: FilePath) async throws -> FilePath {
    try await make("i386-pc-eltorito", in: directory, modules: ["biosdisk", "vga_text"])
  }

  /// `x86_64-efi`: GRUB as an EFI program.
  func program(in directory: FilePath) async throws -> FilePath {
    // all_video: without a mode set the kernel would have no screen.
    try await make("x86_64-efi", in: directory, modules: ["all_video", "efi_gop"])
  }

  /// What GRUB does once it runs.
  ///
  /// The entry starts at once unless a key is pressed. The serial port is a console where the kernel's parameters make
  /// it one, and only there: the noise on an open one would stop the menu.
  var configuration: String {
    let directory = "/" + ExportContent.directory
    let initrds = content.files.dropFirst().map { "\(directory)/\($0.name)" }.joined(separator: " ")
    let serial = """
      if serial --speed=115200 com0; then
        terminal_input --append serial
        terminal_output --append serial
      fi

      """
    return """
      search --no-floppy --file --set=root /\(marker)
      \(content.commandLine.contains("console=ttyS") ? serial : "")set timeout=3
      menuentry '\(ExportContent.title)' {
        echo 'Loading the ramdisk ...'
        linux \(directory)/\(content.files.first?.name ?? "vmlinuz") \(content.commandLine)
        initrd \(initrds)
      }
      menuentry 'Restart' { reboot }
      menuentry 'Power off' { halt }

      """
  }

  private func make(_ format: String, in directory: FilePath, modules: [String]) async throws -> FilePath {
    let platform = format == "x86_64-efi" ? format : "i386-pc"
    let configuration = directory.appending("grub.cfg")
    // GRUB reads the configuration inside itself line by line; what has blocks goes through its shell.
    try Files.replace(
      configuration, permissions: 0o600,
      with: Array("search --no-floppy --file --set=root /\(marker)\nset prefix=($root)/boot/grub\n".utf8))
    let output = directory.appending("grub-\(format)")
    try await Tool.run(
      ExportTools.imageMaker(),
      [
        "-d", ExportTools.grub(platform).string, "-O", format, "-c", configuration.string, "-p", "/boot/grub",
        "-o", output.string,
      ] + Self.modules + modules)
    return output
  }
}
