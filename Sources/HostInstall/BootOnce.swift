extension Installer {
  /// Makes the ramdisk the next boot's entry, and only that one's.
  ///
  /// - Throws: `BootOnceRefused` where GRUB could not forget it again and would boot the ramdisk for ever.
  public func bootOnce() async throws {
    let (facts, profile) = try detector().detect()
    guard let grub = facts.grub, let names = profile?.grub else {
      throw BootOnceRefused(
        reason: "there is no GRUB configuration", remedy: "choose the entry in the boot menu")
    }
    let custom = Files.text(root.resolve(grub.customConfiguration)) ?? ""
    guard MarkedBlock.content(of: custom) != nil else {
      throw BootOnceRefused(reason: "the ramdisk is not installed", remedy: "run 'ramdisk-install'")
    }
    guard grub.hasEnvironmentBlock else {
      throw BootOnceRefused(
        reason: "there is no environment block \(grub.environmentBlock)",
        remedy: "make one with 'grub-editenv \(grub.environmentBlock) create'")
    }
    // GRUB can change a block in place, and only in file systems whose blocks lie on the disk as they are.
    let boot = facts.bootFileSystem
    let unwritable: Set<String> = ["btrfs", "zfs", "squashfs", "iso9660", "overlay", "tmpfs"]
    guard let boot, !boot.isLayered, !unwritable.contains(boot.type) else {
      throw BootOnceRefused(
        reason:
          "GRUB cannot write to \(boot?.type ?? "the file system") of /boot, so it would boot the ramdisk for ever",
        remedy: "choose the entry in the boot menu")
    }
    let configuration = Files.text(root.resolve(grub.configuration)) ?? ""
    guard configuration.contains("next_entry") else {
      throw BootOnceRefused(
        reason: "\(grub.configuration) pays no attention to the entry chosen for the next boot",
        remedy:
          "set GRUB_DEFAULT in \(names.defaults) to 0 or saved and run grub-mkconfig -o \(grub.configuration)"
      )
    }
    try await choose(Command.filled(names.once, ["entry": [InstalledPaths.entry]]), grub)
    guard try detector().detect().facts.grub?.nextEntry == InstalledPaths.entry else {
      throw BootOnceRefused(
        reason: "\(grub.environmentBlock) does not name the entry after it was set",
        remedy: "choose the entry in the boot menu")
    }
  }
}

extension Installer {
  /// Runs the command that chooses the entry, with the environment block as it was in the journal.
  private func choose(_ command: Command, _ grub: GRUBFacts) async throws {
    let journal = try Journal(root: root)
    if let interrupted = journal.state.interrupted {
      throw BootOnceRefused(
        reason: "a run of '\(interrupted)' was interrupted",
        remedy: "run 'ramdisk-install \(interrupted)' again")
    }
    try journal.append(.began(operation: "boot-once", version: Installer.version))
    let transaction = Transaction(root: root, journal: journal, faults: faults)
    transaction.step = "boot-once"
    let change = try transaction.announce(grub.environmentBlock, ownership: .environment)
    try await runner.succeed(command)
    try journal.append(.becoming(id: change, FileImage(of: root.resolve(grub.environmentBlock))))
    try journal.end()
  }
}

/// The next boot cannot be chosen.
public struct BootOnceRefused: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public let remedy: String
  public var description: String { "the next boot cannot be chosen: \(reason). Instead: \(remedy)" }
}
