/// The entry is added to GRUB's menu: last of all, when everything it names is there.
struct GRUBStep: InstallStep {
  let grub: GRUBFacts
  let names: DistroProfile.GRUB
  let uuid: String
  let fileSystemType: String
  let directory: String
  let commandLine: String

  let id = "grub"
  var title: String { "Add the entry \"iSCSI Target Ramdisk\" to GRUB's menu" }
  var details: [String] {
    ["\(grub.customConfiguration): a marked block at its end; grub.cfg is not touched"]
  }

  func apply(_ context: StepContext) async throws {
    let previous = InstalledPaths.previousDirectory + "/" + InstalledPaths.kernel
    let entry = GRUBEntry(
      uuid: uuid, fileSystemType: fileSystemType, directory: directory,
      parameters: GRUBEntry.parameters(commandLine: commandLine),
      hasPrevious: Files.exists(context.root.resolve(previous)))
    let present = Files.text(context.root.resolve(grub.customConfiguration)) ?? ""
    try await check(MarkedBlock.inserting(entry.text, into: present), context)
    try context.transaction.writeBlock(grub.customConfiguration, entry.text)
  }

  /// GRUB's own parser must understand the whole file: one mistake would hide the rest of it.
  private func check(_ text: String, _ context: StepContext) async throws {
    let directory = Journal.directory
    let path = directory + "/custom.cfg"
    let real = context.root.resolve(path)
    try AtomicFile.write(Array(text.utf8), to: real, AtomicFile.Metadata(mode: 0o600))
    defer { try? AtomicFile.remove(real) }
    try await context.runner.succeed(Command.filled(names.check, ["file": [path]]))
  }
}
