/// The entry for the next boot in GRUB's environment block.
struct GRUBOnce {
  let context: BootLoaderContext

  init(_ context: BootLoaderContext) { self.context = context }

  /// Where GRUB could not forget the entry again it would boot the ramdisk for ever.
  var obstacle: Obstacle? {
    guard let grub = context.facts.grub, let names = context.profile.grub else { return .noGRUB }
    guard grub.hasEnvironmentBlock else {
      return Obstacle(
        "there is no environment block \(grub.environmentBlock)",
        remedy: "make one with 'grub-editenv \(grub.environmentBlock) create'")
    }
    // GRUB can change a block in place, and only in file systems whose blocks lie on the disk as they are.
    let boot = context.facts.bootFileSystem
    let unwritable: Set<String> = ["btrfs", "zfs", "squashfs", "iso9660", "overlay", "tmpfs"]
    guard let boot, !boot.isLayered, !unwritable.contains(boot.type) else {
      return Obstacle(
        "GRUB cannot write to \(boot?.type ?? "the file system") of /boot, so it would boot the ramdisk for ever",
        remedy: "choose the entry in the boot menu")
    }
    let configuration = Files.text(context.root.resolve(grub.configuration)) ?? ""
    guard configuration.contains("next_entry") else {
      return Obstacle(
        "\(grub.configuration) pays no attention to the entry chosen for the next boot",
        remedy: "set GRUB_DEFAULT in \(names.defaults) to 0 or saved and run "
          + (names.command(making: grub.configuration) ?? "grub-mkconfig -o \(grub.configuration)"))
    }
    return nil
  }

  /// Runs the command that chooses the entry, with the environment block as it was in the journal.
  func choose(_ entry: String, _ transaction: Transaction, _ runner: any CommandRunner) async throws {
    guard let grub = context.facts.grub, let names = context.profile.grub else { return }
    let change = try transaction.announce(grub.environmentBlock, ownership: .environment)
    try await runner.succeed(Command.filled(names.once, ["entry": [entry]]))
    try transaction.journal.append(
      .becoming(id: change, FileImage(of: context.root.resolve(grub.environmentBlock))))
  }
}
