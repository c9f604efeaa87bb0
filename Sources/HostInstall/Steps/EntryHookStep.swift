/// A kernel that is installed while the system runs from another machine's ramdisk gets an entry for the local disk.
struct EntryHookStep: InstallStep {
  /// Script of kernel-install.
  let text: String

  static let path = "/etc/kernel/install.d/92-ramdisk-install-entry.install"

  let id = "entry-hook"
  var title: String { "Keep what belongs to a network boot out of the entries of kernels to come" }
  var details: [String] { [EntryHookStep.path] }

  func apply(_ context: StepContext) async throws {
    try context.transaction.makeDirectory(Files.parent(EntryHookStep.path))
    try context.transaction.write(EntryHookStep.path, Array(text.utf8), mode: 0o755)
  }
}
