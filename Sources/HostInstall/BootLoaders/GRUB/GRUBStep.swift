/// The entry is added to GRUB's menu: last of all, when everything it names is there.
struct GRUBStep: InstallStep {
  let context: BootLoaderContext

  let id = "grub"
  var title: String { "Add the entry \"iSCSI Target Ramdisk\" to GRUB's menu" }
  var details: [String] {
    ["\(context.facts.grub?.customConfiguration ?? ""): a marked block at its end; grub.cfg is not touched"]
  }

  func apply(_ step: StepContext) async throws {
    guard let grub = context.facts.grub, let names = context.profile.grub else { return }
    let entry = context.grubEntry(hasPrevious: context.hasPrevious(InstalledPaths.payloadDirectory))
    let whole = try step.transaction.inserting(entry.text, into: grub.customConfiguration)
    try await GRUBSyntax.check(whole, names, step)
    try step.transaction.writeBlock(grub.customConfiguration, entry.text)
  }
}

/// GRUB's own parser must understand a whole file: one mistake would hide the rest of it.
enum GRUBSyntax {
  /// - Throws: `CommandFailure` with what the parser says.
  static func check(_ bytes: [UInt8], _ names: DistroProfile.GRUB, _ context: StepContext) async throws {
    let path = Journal.directory + "/custom.cfg"
    let real = context.root.resolve(path)
    try AtomicFile.write(bytes, to: real, AtomicFile.Metadata(mode: 0o600))
    defer { try? AtomicFile.remove(real) }
    try await context.runner.succeed(Command.filled(names.check, ["file": [path]]))
  }
}
